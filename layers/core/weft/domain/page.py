"""One page of a long list, with an opaque cursor to the next (AP-42)."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEFAULT_LIMIT = 20
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next_cursor` is None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What part of a list is asked for; `limit` is held between 1 and 200."""

    cursor: str | None = None
    limit: int = DEFAULT_LIMIT

    @property
    def size(self) -> int:
        """The limit, within bounds."""
        return max(1, min(self.limit, MAX_LIMIT))
