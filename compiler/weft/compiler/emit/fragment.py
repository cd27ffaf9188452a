"""Pieces of a machine while it is put together: what is known at a point, and open ends."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from weft.compiler.schedule.diagrams import Diagram
from weft.expressions.ast import Expr

State: TypeAlias = dict[str, Any]


class Facts(dict[str, str]):
    """How facts, and packed symbols, read at a point: name → JSONata. `known` holds there."""

    def __init__(self, reads: Mapping[str, str] | None = None, known: Diagram = True) -> None:
        super().__init__(reads or {})
        self.known = known

    def told(self, more: Mapping[str, str], known: Diagram | None = None) -> "Facts":
        """With more to read, and with `known` in place of what was known."""
        facts = Facts(self, self.known if known is None else known)
        facts.update(more)
        return facts


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice that may get more rules, and when each of its rules holds."""

    state: State
    guards: list[Expr]


@dataclass(frozen=True, slots=True)
class Exit:
    """An open end: `holder[key]` wants the name of the next state.

    `facts` says how facts read inside the state, the rule or the catch, where what it assigns
    itself is not visible yet. `ends`: the state can end its scope with an `Output`.
    `choice`: the end is a rule of this choice, or its default; `when` is the rule's condition as
    text, `guard` as an expression.
    """

    holder: State
    key: str
    facts: Facts
    ends: bool = False
    choice: Choice | None = None
    when: str = ""
    guard: Expr | None = None

    def assign(self, values: Mapping[str, Any]) -> None:
        """Set variables on the way out."""
        if values:
            self.holder["Assign"] = {**self.holder.get("Assign", {}), **values}

    @property
    def starts(self) -> bool:
        """Whether this is where a scope begins: no state yet, so nothing can be assigned."""
        return self.key == "StartAt"


@dataclass(frozen=True, slots=True)
class Escape:
    """Where errors of a scope go that nobody in it handles.

    `caught` is the outcome that a catch records, `stopped` what is recorded of an error that a
    choice leads to, by its name and message, as JSONata; `held` the variable for it. `ends`
    collects what leads there, with the outcome.
    """

    held: str = ""
    caught: str = ""
    stopped: Callable[[str, str], str] = lambda _, __: ""
    ends: list[tuple[State, str]] = field(default_factory=list)

    def take(self, end: State, outcome: str) -> None:
        """An end that leads there."""
        if self.held:
            end["Assign"] = {**end.get("Assign", {}), self.held: f"{{% {outcome} %}}"}
        self.ends.append((end, outcome))


def connect(exits: Iterable[Exit], target: str) -> None:
    """Lead every open end to a state."""
    for end in exits:
        end.holder[end.key] = target
