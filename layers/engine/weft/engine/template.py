"""Payload templates: JSON in which a string `{% … %}` stands for the value of an expression."""

from collections.abc import Callable
from typing import Any

from weft.engine.errors import Problem, StateFailure
from weft.engine.json import JsonValue, to_json, type_name
from weft.engine.jsonata import MISSING, Expression, Jsonata, JsonataError, JsonataSyntaxError
from weft.engine.plain_path import plain_or
from weft.engine.scope import Scope

QUERY_ERROR = "States.QueryEvaluationError"


class Template:
    """A compiled template. `constant` ones cost nothing to evaluate."""

    __slots__ = ("constant", "evaluate", "expressions")

    def __init__(self, evaluate: Callable[[Scope], JsonValue], expressions: list[str]) -> None:
        self.evaluate = evaluate
        self.expressions = expressions
        self.constant = not expressions


def is_expression(value: JsonValue) -> bool:
    """Whether a value is a JSONata string; blanks around the marks make it a literal."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


class TemplateCompiler:
    """Compiles the templates of one state and collects what is wrong with them."""

    def __init__(self, jsonata: Jsonata, state: str, location: str) -> None:
        self._jsonata = jsonata
        self._state = state
        self._location = location
        self.problems: list[Problem] = []

    def compile(self, value: JsonValue, field: str) -> Template:
        """`field` is the path that causes name, such as `Output/total`."""
        expressions: list[str] = []
        build = self._build(value, field, expressions)
        return Template(build if expressions else _always(value), expressions)

    def _build(self, value: Any, field: str, found: list[str]) -> Callable[[Scope], JsonValue]:
        if is_expression(value):
            return self._expression(value[2:-2].strip(), field, found)
        if isinstance(value, dict):
            before = len(found)
            parts = [(k, self._build(v, f"{field}/{k}", found)) for k, v in value.items()]
            if len(found) > before:
                return lambda scope: {k: part(scope) for k, part in parts}
        if isinstance(value, list):
            before = len(found)
            items = [self._build(v, f"{field}[{i}]", found) for i, v in enumerate(value)]
            if len(found) > before:
                return lambda scope: [item(scope) for item in items]
        return _always(value)

    def _expression(self, text: str, field: str, found: list[str]) -> Callable[[Scope], JsonValue]:
        found.append(text)
        try:
            expression = self._jsonata.compile(text)
        except JsonataSyntaxError as error:
            self.problems.append(
                Problem(
                    self._state,
                    f"{self._location}/{field.replace('[', '/').replace(']', '')}",
                    f"the JSONata expression '{text}' does not parse: {error}",
                )
            )
            return _always(None)
        return _evaluator(plain_or(text, expression), text, field)


def _always(value: JsonValue) -> Callable[[Scope], JsonValue]:
    return lambda scope: value


def _evaluator(expression: Expression, text: str, field: str) -> Callable[[Scope], JsonValue]:
    # `$states` alone may be passed on whole, so only a mention without it needs no context.
    context = "context" in text or "$states" in text.replace("$states.input", "").replace(
        "$states.result", ""
    ).replace("$states.errorOutput", "")
    where = f"The JSONata expression '{text}' specified for the field '{field}'"
    run = expression.evaluate

    def evaluate(scope: Scope) -> JsonValue:
        try:
            value = run(None, scope.bindings(context=context))
        except JsonataError as error:
            words = f"{error.code}: {error.message}" if error.code else error.message
            if error.code == "U1001":
                words = error.message
            cause = f"{where} threw an error during evaluation. {words}"
            raise StateFailure(QUERY_ERROR, cause, field) from error
        if value is MISSING:
            raise StateFailure(QUERY_ERROR, f"{where} returned nothing (undefined).", field)
        if type_name(value) == "function":
            cause = f"{where} returned an unexpected result type: a function."
            raise StateFailure(QUERY_ERROR, cause, field)
        return value

    return evaluate


class TypedField:
    """A template whose value must have one of some JSON types."""

    __slots__ = ("_field", "_kind", "_source", "_template")

    def __init__(self, template: Template, source: JsonValue, field: str, kind: str) -> None:
        self._template = template
        self._source = source
        self._field = field
        self._kind = kind

    def evaluate(self, scope: Scope) -> Any:
        """The value. Raises StateFailure when it has another type."""
        value = self._template.evaluate(scope)
        found = type_name(value)
        ok = found == self._kind
        if self._kind == "integer":
            ok = found == "number" and (isinstance(value, int) or value.is_integer())
        if not ok:
            text = self._source[2:-2].strip() if is_expression(self._source) else self._source
            raise StateFailure(
                QUERY_ERROR,
                f"The JSONata expression '{text}' specified for the field '{self._field}' returned "
                f"an unexpected result type. Expected '{self._kind}', but was '{found}' for value: "
                f"{to_json(value).decode()}",
                self._field,
            )
        return int(value) if self._kind == "integer" else value
