"""The default JSONata: `jsonata2py`, which compiles expressions to Python."""

import math
from typing import Any

import jsonata2py

from weft.engine.json import JsonValue
from weft.engine.jsonata import (
    MISSING,
    TIME_LIMIT_MS,
    Expression,
    ExpressionCache,
    JsonataError,
    JsonataSyntaxError,
)
from weft.engine.jsonata_functions import EXTRA, rename

_JSON_TYPES = (dict, list, str, int, float, type(None))
_UNDEFINED = jsonata2py.MISSING


class FastExpression:
    """One compiled expression."""

    __slots__ = ("_evaluate",)

    def __init__(self, compiled: jsonata2py.CompiledExpression) -> None:
        self._evaluate = compiled.evaluate

    def evaluate(self, document: JsonValue, bindings: dict[str, JsonValue]) -> Any:
        """The value, or MISSING for undefined. Raises JsonataError."""
        bound = jsonata2py.JsonataBindings()
        for name, value in bindings.items():
            bound.bind_value(name, value)
        try:
            result = self._evaluate(document, bound)
        except jsonata2py.JsonataError as error:
            raise _translated(error) from error
        if result is _UNDEFINED:
            return MISSING
        if isinstance(result, float) and not math.isfinite(result):
            raise JsonataError("D1001", f"Number out of range: {result}")
        return result


class FastJsonata:
    """`jsonata2py` behind the port, with Step Functions' functions."""

    def __init__(self) -> None:
        self._factory = jsonata2py.JsonataExpressionFactory()
        self._cache = ExpressionCache()

    def compile(self, text: str) -> Expression:
        """Compile, or find in the cache. Raises JsonataSyntaxError."""
        found = self._cache.get(text)
        if found is not None:
            return found
        try:
            compiled = self._factory.compile(rename(text))
        except jsonata2py.JsonataError as error:
            raise JsonataSyntaxError(error.error_code, error.message) from error
        compiled.set_timeout(TIME_LIMIT_MS)
        for name, function in EXTRA.items():
            compiled.register_function(name, function)
        expression = FastExpression(compiled)
        self._cache.put(text, expression)
        return expression


def _translated(error: jsonata2py.JsonataError) -> JsonataError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, JsonataError):  # raised by one of our own functions
            return cause
        cause = cause.__cause__
    if error.error_code == "T1006":
        return JsonataError("T1006", "Attempted to invoke a non-function")  # the reference's words
    return JsonataError(error.error_code, error.message)
