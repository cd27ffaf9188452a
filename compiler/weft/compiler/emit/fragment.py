"""Pieces of a machine while it is put together: an entry, and the ends that are still open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from weft.ir.ops import Repeat

State: TypeAlias = dict[str, Any]
Facts: TypeAlias = Mapping[str, str]  # fact → JSONata that reads it


@dataclass(frozen=True, slots=True)
class Exit:
    """An open end: `holder[key]` wants the name of the next state.

    `facts` is set where the state itself can end the scope with an `Output`, and says how facts
    read inside that state, where its own assignments are not visible yet.
    """

    holder: State
    key: str = "Next"
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Fragment:
    """States with one way in. `facts` is how facts read behind every exit."""

    entry: str
    exits: tuple[Exit, ...]
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Escape:
    """Where errors of a scope go that nobody in it handles.

    `caught` is what a catch assigns, `stopped` what a loop assigns that would go round too often;
    `ends` collects the states' ends that lead there.
    """

    caught: Mapping[str, Any] = field(default_factory=dict)
    stopped: Callable[[Repeat], Mapping[str, Any]] = lambda _: {}
    ends: list[State] = field(default_factory=list)


def connect(exits: tuple[Exit, ...], target: str) -> None:
    """Lead every open end to a state."""
    for end in exits:
        end.holder[end.key] = target
