"""What every route starts from: the platform, who asks, and the page they want."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from starlette.requests import HTTPConnection
from typing_extensions import TypedDict

from weft.api.callers import caller_in
from weft.api.options import ApiOptions
from weft.domain.caller import Caller
from weft.domain.page import Page, PageRequest
from weft.operations.platform import Platform

T = TypeVar("T")

Cursor = Annotated[
    str | None, Query(max_length=500, description="`next_cursor` of the page before")
]
Limit = Annotated[int, Query(ge=1, le=100)]
PAGE_SIZE = 20


class PageView(TypedDict, Generic[T]):
    """One page; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None


class ListView(TypedDict, Generic[T]):
    """A whole list that is never long."""

    items: list[T]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request's surroundings."""

    platform: Platform
    options: ApiOptions
    caller: Caller


def asked(connection: HTTPConnection) -> Asked:
    """Raises `Unauthenticated` when no caller was admitted."""
    state = connection.app.state
    return Asked(state.platform, state.options, caller_in(connection))


def platform_of(connection: HTTPConnection) -> Platform:
    """For the few routes that anybody may call."""
    platform: Platform = connection.app.state.platform
    return platform


def options_of(connection: HTTPConnection) -> ApiOptions:
    """What this API was put together with."""
    options: ApiOptions = connection.app.state.options
    return options


def page_request(cursor: str | None, limit: int) -> PageRequest:
    """As the store takes it."""
    return PageRequest(cursor, limit)


def page_view(page: Page[Any], items: list[Any]) -> dict[str, Any]:
    """The body of a list's answer."""
    return {"items": items, "next_cursor": page.next_cursor}
