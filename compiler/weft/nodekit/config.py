"""How a node type declares its configuration: closed pydantic models with templated fields.

While a graph is checked, a templated field may hold text with `{{…}}`; it is parsed to an
expression and kept as a `Template` until `BoundNode.value` hands it to `lower`. In a runner every
template has been evaluated by the host, so text is only text, whatever it contains.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic import JsonValue as PydanticJson
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from weft.expressions.ast import Expr, JsonValue
from weft.expressions.parse import ExpressionError, parse_expression, parse_template, template_of
from weft.expressions.templates import holds_parts


class NodeConfig(BaseModel):
    """Base of every node type's configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


@dataclass(frozen=True, slots=True)
class Template:
    """A config value that contains `{{…}}`, parsed."""

    source: JsonValue
    expr: Expr


def _authoring(info: ValidationInfo) -> bool:
    """Templates are read while a graph is checked, never in a runner."""
    return not (isinstance(info.context, Mapping) and info.context.get("templates") is False)


def _holds_template(value: Any) -> bool:
    if isinstance(value, str):
        return holds_parts(value)
    if isinstance(value, dict):
        return any(_holds_template(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_template(item) for item in value)
    return False


def _broken(error: ExpressionError) -> PydanticCustomError:
    return PydanticCustomError("expression", "{message}", {"message": str(error)})


@dataclass(frozen=True, slots=True)
class Templated:
    """Marks a field that may hold `{{…}}`: text, or any JSON with text somewhere inside."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def read(value: Any, inner: Any, info: ValidationInfo) -> Any:
            if not (_authoring(info) and _holds_template(value)):
                return inner(value)
            try:
                expr = parse_template(value) if isinstance(value, str) else template_of(value)
            except ExpressionError as error:
                raise _broken(error) from error
            return Template(value, expr)

        return core_schema.with_info_wrap_validator_function(read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "x-weft-template": True}


@dataclass(frozen=True, slots=True)
class Formula:
    """Marks a text field that *is* an expression, with or without `{{ }}` around it.

    `names` are bound by the node itself (`item`, `index`), the rest are references as usual.
    """

    names: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def read(value: Any, inner: Any, info: ValidationInfo) -> Any:
            if not (_authoring(info) and isinstance(value, str)):
                return inner(value)
            text = value.strip()
            if text.startswith("{{") and text.endswith("}}"):
                text = text[2:-2]
            try:
                return Template(value, parse_expression(text, bound=self.names))
            except ExpressionError as error:
                raise _broken(error) from error

        return core_schema.with_info_wrap_validator_function(read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "x-weft-expression": list(self.names)}


Text: TypeAlias = Annotated[str, Templated()]
Whole: TypeAlias = Annotated[int, Templated()]
Value: TypeAlias = Annotated[PydanticJson, Templated()]
Condition: TypeAlias = Annotated[str, Formula()]
ItemFormula: TypeAlias = Annotated[str, Formula(("item", "index"))]
