"""The default JSONata: `jsonata2py`, which compiles expressions to Python."""

import math
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import jsonata2py

from weft.engine.collector import collecting_seconds
from weft.engine.json import JsonValue
from weft.engine.jsonata import (
    MISSING,
    TIME_LIMIT_MS,
    Expression,
    ExpressionCache,
    JsonataError,
    JsonataSyntaxError,
)
from weft.engine.jsonata_functions import EXTRA, built_ins_in, rename, rename_variables

_UNDEFINED = jsonata2py.MISSING
_TIMEOUT = "Expression evaluation timeout"
_STARVED_TRIES = 5
_BUSY_SHARE = 0.5  # an expression that had less of its time than this was starved


class FastExpression:
    """One compiled expression.

    The library binds the names of built-in functions when it compiles. JSONata lets a variable hide
    such a name (`$count`), so an expression that meets one is compiled again with it spelled anew.
    """

    __slots__ = ("_built_ins", "_compile", "_evaluate", "_says", "_text", "_variants")

    def __init__(
        self, text: str, compile_text: Callable[[str], jsonata2py.CompiledExpression]
    ) -> None:
        self._text = text
        self._compile = compile_text
        self._evaluate = compile_text(text).evaluate
        self._built_ins = built_ins_in(text)
        self._variants: dict[frozenset[str], Callable[..., Any]] = {}
        self._says: dict[str, bool] = {}  # variable → whether the text may mean it

    def evaluate(self, document: JsonValue, bindings: dict[str, JsonValue]) -> Any:
        """The value, or MISSING for undefined. Raises JsonataError."""
        bound = jsonata2py.JsonataBindings()
        evaluate = self._evaluate
        if self._built_ins and (hiding := self._built_ins & bindings.keys()):
            evaluate = self._variant(frozenset(hiding))
            bindings = {f"weft_v_{k}" if k in hiding else k: v for k, v in bindings.items()}
        says = self._says
        for name, value in bindings.items():  # a state has many variables, and few are meant
            said = says.get(name)
            if said is None:
                said = says[name] = name.removeprefix("weft_v_") in self._text
            if said:
                bound.bind_value(name, value)
        result = _evaluated(evaluate, document, bound)
        if result is _UNDEFINED:
            return MISSING
        if isinstance(result, float) and not math.isfinite(result):
            raise JsonataError("D1001", f"Number out of range: {result}")
        return result

    def _variant(self, hiding: frozenset[str]) -> Callable[..., Any]:
        found = self._variants.get(hiding)
        if found is None:
            found = self._compile(rename_variables(self._text, hiding)).evaluate
            self._variants[hiding] = found
        return found


def _evaluated(evaluate: Callable[..., Any], document: JsonValue, bound: Any) -> Any:
    """The library's answer. Raises JsonataError.

    The library's limit is time on the clock. That can pass while this thread waits for a processor
    on a busy machine, or collects the garbage of a large process, and then the expression has done
    nothing wrong: it gets another try.
    """
    for _ in range(_STARVED_TRIES):
        began = time.thread_time() - collecting_seconds()
        try:
            return evaluate(document, bound)
        except jsonata2py.JsonataError as error:
            busy = (time.thread_time() - collecting_seconds() - began) * 1000
            if error.message != _TIMEOUT or busy > TIME_LIMIT_MS * _BUSY_SHARE:
                raise _translated(error) from error
    raise JsonataError("U1001", _TIMEOUT)


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
            expression = FastExpression(text, self._compiled)
        except jsonata2py.JsonataError as error:
            raise JsonataSyntaxError(error.error_code, error.message) from error
        self._cache.put(text, expression)
        return expression

    def _compiled(self, text: str) -> jsonata2py.CompiledExpression:
        compiled = self._factory.compile(rename(text))
        compiled.set_timeout(TIME_LIMIT_MS)
        for name, function in EXTRA.items():
            compiled.register_function(name, function)
        return compiled


@cache
def shared() -> FastJsonata:
    """One for the whole process: what a proof compiled, the host that is published to finds."""
    return FastJsonata()


def _translated(error: jsonata2py.JsonataError) -> JsonataError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, JsonataError):  # raised by one of our own functions
            return cause
        cause = cause.__cause__
    if error.error_code == "T1006":
        return JsonataError("T1006", "Attempted to invoke a non-function")  # the reference's words
    return JsonataError(error.error_code, error.message)
