"""What an effect ends in, and what is known of one that has not ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from weft.expressions.ast import JsonValue

Path: TypeAlias = tuple[int, ...]  # the item or round in every loop around, outermost first
Activation: TypeAlias = tuple[str, Path]  # one node in one iteration


@dataclass(frozen=True, slots=True)
class Ok:
    """The effect answered; `outputs` is an object by data port."""

    outputs: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The effect failed for good, its retries used up. `type` is the ASL error name."""

    type: str
    message: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nobody answered in time. Takes the timeout port; where there is none it is an error."""

    message: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Running:
    """The effect has started."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The effect waits for somebody's answer."""


Answer: TypeAlias = Ok | Failed | TimedOut
Knowledge: TypeAlias = Answer | Running | Waiting

# Asked once for each effect that fires, with its arguments: `{"config", "inputs"}` of a call,
# `{"seconds"}` or `{"until"}` of a wait (whose answer's outputs are not looked at). Asked also for
# each race that is run, with `{"arms": [numbers]}` of those that arrive: its answer's output `arm`
# is the one that arrives first (by default the one with the lowest number).
Oracle: TypeAlias = Callable[[str, Path, JsonValue], Answer]
