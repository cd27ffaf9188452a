"""Dataclasses of the domain to JSON objects and back: by field name, so that fields may come."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any


def record(item: Any, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """A dataclass by field, its values as they are."""
    return {f.name: getattr(item, f.name) for f in fields(item) if f.name not in without}


def tuples(held: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The record with these members as tuples again, which JSON does not know."""
    return {**held, **{name: tuple(held[name]) for name in names}}
