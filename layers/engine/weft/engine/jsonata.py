"""The JSONata port: compile once, evaluate often; undefined and null stay apart."""

from collections import OrderedDict
from typing import Any, Final, Protocol

from weft.engine.json import JsonValue

# Step Functions: an expression may take one second.
TIME_LIMIT_MS: Final = 1_000


class _Missing:
    """JSONata's undefined."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class JsonataSyntaxError(Exception):
    """The text is not JSONata; `code` is the library's, such as S0201."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(message)
        self.code = code


class JsonataError(Exception):
    """The expression failed at run time; `code` is JSONata's, such as T1006, or None."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Expression(Protocol):
    """A compiled expression; may be shared between runs."""

    def evaluate(self, document: JsonValue, bindings: dict[str, JsonValue]) -> Any:
        """The value, or MISSING for undefined. Raises JsonataError."""
        ...


class Jsonata(Protocol):
    """A JSONata library behind the port."""

    def compile(self, text: str) -> Expression:
        """Compile, or find in the cache. Raises JsonataSyntaxError."""
        ...


class ExpressionCache:
    """The compiled expressions used last."""

    def __init__(self, size: int = 4096) -> None:
        self._size = size
        self._kept: OrderedDict[str, Expression] = OrderedDict()

    def get(self, text: str) -> Expression | None:
        """The compiled text, if it is still here."""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
        return found

    def put(self, text: str, expression: Expression) -> None:
        """Keep, and drop the least recently used when full."""
        self._kept[text] = expression
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
