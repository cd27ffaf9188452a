"""The second JSONata: `jsonata-python`, an interpreter close to the reference implementation.

It knows null only as a sentinel of its own, so documents that contain null are copied with the
sentinel in place, and results are copied back. What cannot be kept apart: a null made inside a
built-in (`$append(null, …)`, `$lookup` of a null) may come out as undefined.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import jsonata as library  # type: ignore[import-untyped]
from jsonata import jexception, utils

from weft.engine.json import JsonValue
from weft.engine.jsonata import (
    MISSING,
    TIME_LIMIT_MS,
    Expression,
    ExpressionCache,
    JsonataError,
    JsonataSyntaxError,
)
from weft.engine.jsonata_functions import EXTRA, SIGNATURES, rename

MAX_DEPTH = 400
# What the library lets through from Python where its input is odd.
PYTHON_ERRORS = (
    TypeError,
    ValueError,
    AttributeError,
    KeyError,
    IndexError,
    OverflowError,
    RuntimeError,
)
_NULL = utils.Utils.NULL_VALUE


class ReferenceExpression:
    """One parsed expression."""

    def __init__(self, parsed: Any) -> None:
        self._parsed = parsed

    def evaluate(self, document: JsonValue, bindings: dict[str, JsonValue]) -> Any:
        """The value, or MISSING for undefined. Raises JsonataError."""
        frame = self._parsed.create_frame(self._parsed.environment)
        frame.set_runtime_bounds(TIME_LIMIT_MS, MAX_DEPTH)
        for name, value in bindings.items():
            frame.bind(name, _with_sentinel(value))
        try:
            result = self._parsed.evaluate(
                None if document is None else _with_sentinel(document), frame
            )
        except jexception.JException as error:
            raise _translated(error) from error
        except ZeroDivisionError as error:
            raise JsonataError("D1001", "Number out of range: Infinity") from error
        except RecursionError as error:
            raise JsonataError("U1001", "Stack overflow error") from error
        except PYTHON_ERRORS as error:
            raise JsonataError(None, str(error)) from error
        if result is None:
            return MISSING
        if isinstance(result, float) and not math.isfinite(result):
            raise JsonataError("D1001", f"Number out of range: {result}")
        return _without_sentinel(result)


class ReferenceJsonata:
    """`jsonata-python` behind the port, with Step Functions' functions."""

    def __init__(self) -> None:
        self._cache = ExpressionCache()

    def compile(self, text: str) -> Expression:
        """Parse, or find in the cache. Raises JsonataSyntaxError."""
        found = self._cache.get(text)
        if found is not None:
            return found
        try:
            parsed = library.Jsonata(rename(text))
        except (jexception.JException, *PYTHON_ERRORS) as error:
            code = error.get_error() if isinstance(error, jexception.JException) else None
            raise JsonataSyntaxError(code, str(error)) from error
        parsed.set_output_convert_nulls(False)
        for name, function in EXTRA.items():
            parsed.register_function(name, _Native(function, SIGNATURES[name]))
        for name, (function, signature, checked) in _CORRECTED.items():
            parsed.register_function(name, _Native(function, signature, checked))
        expression = ReferenceExpression(parsed)
        self._cache.put(text, expression)
        return expression


class _Native(library.Jsonata.JFunction):  # type: ignore[misc]
    """One of our functions as the interpreter calls it; `checked` has it check the arguments."""

    def __init__(
        self, function: Callable[..., Any], signature: str, checked: str | None = None
    ) -> None:
        super().__init__(self, checked)
        self._function = function
        self._arity = signature.split(":")[0].count("x")

    def call(self, input: Any, args: Any) -> Any:
        given = [_without_sentinel(a) for a in (args or [])][: self._arity]
        while given and given[-1] is None:
            given.pop()
        result = self._function(*given)
        return None if result is MISSING else _with_sentinel(result)

    def get_number_of_args(self) -> int:
        return self._arity


def _round(value: Any = None, digits: Any = 0) -> Any:
    """Round as the reference implementation does, which moves the point in the number's text and
    rounds the double next to that, halves to even. The library's own rounds the exact digits."""
    if value is None:
        return MISSING
    mantissa, _, exponent = repr(float(value)).partition("e")
    moved = round(float(f"{mantissa}e{int(exponent or 0) + int(digits)}"))
    return float(f"{moved}e{-int(digits)}")


def _lowercase(text: Any = None) -> Any:
    """The library's own folds case, which makes two letters of some."""
    return MISSING if text is None else text.lower()


# Built-ins that the library reads otherwise than the reference implementation: what is called,
# the number of its arguments, and their types.
_CORRECTED: Mapping[str, tuple[Callable[..., Any], str, str]] = {
    "round": (_round, "<xx?:n>", "<n-n?:n>"),
    "lowercase": (_lowercase, "<x:s>", "<s-:s>"),
}


def _translated(error: Any) -> JsonataError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, JsonataError):
            return cause
        cause = cause.__cause__ or cause.__context__
    code = error.get_error()
    if code == "T1006":
        return JsonataError("T1006", "Attempted to invoke a non-function")
    if code in ("D1011", "D1012"):
        words = "Stack overflow error" if code == "D1011" else "Expression evaluation timeout"
        return JsonataError("U1001", words)
    return JsonataError(code, str(error))


def _has_null(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, dict):
        return any(_has_null(v) for v in value.values())
    return isinstance(value, list) and any(_has_null(v) for v in value)


def _with_sentinel(value: Any) -> Any:
    if not _has_null(value):
        return value
    if value is None:
        return _NULL
    if isinstance(value, dict):
        return {k: _with_sentinel(v) for k, v in value.items()}
    return [_with_sentinel(v) for v in value]


def _without_sentinel(value: Any) -> Any:
    if value is _NULL:
        return None
    if isinstance(value, dict):
        return {k: _without_sentinel(v) for k, v in value.items()}
    if isinstance(value, list | range):
        return [_without_sentinel(v) for v in value]
    return value
