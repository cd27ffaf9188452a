"""Declares the inputs of a run: the trigger's data, with defaults where fields are missing."""

from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from weft.expressions.ast import Call, Expr, Get, If, Object
from weft.expressions.ast import Literal as Constant
from weft.ir.ops import Compute, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig
from weft.nodekit.node_type import BoundNode, Category, DeclaredInput, NodeType
from weft.nodes.values import TRIGGER, is_kind

_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


class RunInput(NodeConfig):
    """One input that a person or program hands in."""

    name: str = Field(min_length=1, max_length=64, title="Name", description="Key in the data.")
    type: Literal["string", "number", "boolean", "object", "array", "any"] = Field(
        default="any", title="Type", description="Kind of value the run form asks for."
    )
    default: JsonValue = Field(
        default=None, title="Default", description="Taken where the data has no value."
    )
    required: bool = Field(
        default=False,
        title="Required",
        description="A run that gives no value, where there is no default either, is not started.",
    )
    description: str = Field(
        default="", max_length=500, title="Description", description="Shown in the run form."
    )

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        kinds = _PYTHON.get(self.type)
        if kinds is None or self.default is None:
            return self
        if not isinstance(self.default, kinds) or (
            isinstance(self.default, bool) and self.type != "boolean"
        ):
            raise ValueError(f"the default of {self.name} is no {self.type}")
        return self


class InputConfig(NodeConfig):
    """The declared inputs."""

    inputs: tuple[RunInput, ...] = Field(
        default=(), title="Inputs", description="What a run is started with."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [item.name for item in self.inputs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"declared more than once: {', '.join(twice)}")
        return self


def lower(node: BoundNode[InputConfig]) -> Op:
    """The trigger's data, a declared field that is null or missing replaced by its default."""
    data = Get(TRIGGER, "data")
    known: Expr = If(is_kind(data, "object"), data, Constant({}))
    declared = Object(
        tuple(
            (item.name, Call("default", (Get(data, item.name), Constant(item.default))))
            for item in node.config.inputs
        )
    )
    return Compute({"output": Call("merge", (known, declared)) if node.config.inputs else known})


def declares(config: InputConfig) -> tuple[DeclaredInput, ...]:
    """As who starts the workflow has to know them."""
    return tuple(
        DeclaredInput(item.name, Kind(item.type), item.required and item.default is None)
        for item in config.inputs
    )


NODE = NodeType(
    name="input",
    version=1,
    title="Run inputs",
    description="Names the inputs of a run and fills in defaults.",
    category=Category.DATA,
    config=InputConfig,
    lower=lower,
    outputs=(Port("output", Kind.OBJECT, description="The run's data with defaults"),),
    declares=declares,
    icon="log-in",
)
