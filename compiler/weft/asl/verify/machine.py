"""A definition as rules look at it: scopes, and states with where they are and what they speak.

Reading never fails: what has the wrong shape is left out, and a rule says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

JSONATA, JSONPATH = "JSONata", "JSONPath"
Json = Any
Syntax = Callable[[str], str | None]  # what is wrong with the text of an expression; None: nothing


@dataclass(slots=True)
class State:
    """One state; `inner` are the scopes of its branches, or of its iterations."""

    name: str
    source: dict[str, Json]
    path: str
    language: str
    scope: "Scope"
    inner: "list[Scope]" = field(default_factory=list)

    @property
    def type(self) -> str:
        """`Task`, `Choice`, …; empty where it is no text."""
        found = self.source.get("Type")
        return found if isinstance(found, str) else ""

    def entries(self, key: str) -> "Iterator[tuple[str, dict[str, Json]]]":
        """The objects of a list such as `Catch`, each with its path."""
        listed = self.source.get(key)
        for position, entry in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(entry, dict):
                yield f"{self.path}/{key}/{position}", entry

    def steps(self) -> "Iterator[tuple[str, Json, Json]]":
        """(path of the target, target, what is assigned on the way) for every way on."""
        own = self.source.get("Assign")
        if "Next" in self.source and self.type != "Choice":
            yield f"{self.path}/Next", self.source["Next"], own
        if "Default" in self.source and self.type == "Choice":
            yield f"{self.path}/Default", self.source["Default"], own
        for key in ("Choices", "Catch"):
            for path, entry in self.entries(key):
                yield f"{path}/Next", entry.get("Next"), entry.get("Assign")

    def assigns(self) -> "Iterator[tuple[str, Json]]":
        """Every `Assign` with its path."""
        if "Assign" in self.source:
            yield f"{self.path}/Assign", self.source["Assign"]
        for key in ("Choices", "Catch"):
            for path, entry in self.entries(key):
                if "Assign" in entry:
                    yield f"{path}/Assign", entry["Assign"]

    def expressions(self) -> "Iterator[tuple[str, str]]":
        """The JSONata of the state itself, without its inner scopes, each with its path."""
        if self.language == JSONATA:
            for key, value in self.source.items():
                if key not in ("Branches", "ItemProcessor", "Iterator", "Comment"):
                    yield from expressions(value, f"{self.path}/{key}")


@dataclass(slots=True)
class Scope:
    """The machine itself, a branch, or an iteration. `isolated`: it sees no outer variable."""

    source: dict[str, Json]
    path: str
    language: str
    owner: State | None = None
    isolated: bool = False
    states: dict[str, State] = field(default_factory=dict)

    @property
    def start(self) -> str | None:
        """The first state, if there is one of the name."""
        found = self.source.get("StartAt")
        return found if isinstance(found, str) and found in self.states else None


@dataclass(slots=True)
class Machine:
    """`kind` is STANDARD or EXPRESS. Scopes are listed outermost first."""

    source: Json
    kind: str = "STANDARD"
    syntax: Syntax | None = None
    scopes: list[Scope] = field(default_factory=list)

    def states(self) -> Iterator[State]:
        """Every state, in the order of the text."""
        for scope in self.scopes:
            yield from scope.states.values()


def read(source: Json, kind: str, syntax: Syntax | None) -> Machine:
    """The machine of a definition."""
    machine = Machine(source, kind, syntax)
    if isinstance(source, dict):
        _scope(machine, Scope(source, "", _language(source, JSONPATH)))
    return machine


def _scope(machine: Machine, scope: Scope) -> None:
    machine.scopes.append(scope)
    states = scope.source.get("States")
    for name, source in states.items() if isinstance(states, dict) else ():
        if isinstance(source, dict):
            language = _language(source, scope.language)
            state = State(name, source, f"{scope.path}/States/{name}", language, scope)
            scope.states[name] = state
            for inner in _inner(state):
                state.inner.append(inner)
                _scope(machine, inner)


def _inner(state: State) -> Iterator[Scope]:
    if state.type == "Parallel":
        for path, branch in state.entries("Branches"):
            yield Scope(branch, path, _language(branch, _outer(state)), state)
    elif state.type == "Map":
        for key in ("ItemProcessor", "Iterator"):
            body = state.source.get(key)
            if isinstance(body, dict):
                config = body.get("ProcessorConfig")
                alone = isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"
                path = f"{state.path}/{key}"
                yield Scope(body, path, _language(body, _outer(state)), state, alone)


def _outer(state: State) -> str:
    """Inside, the language of the machine holds, not what one state says for itself."""
    return state.scope.language


def _language(source: dict[str, Json], default: str) -> str:
    found = source.get("QueryLanguage", default)
    return found if isinstance(found, str) else default


def is_expression(value: Json) -> bool:
    """Whether a text is JSONata."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def expressions(value: Json, path: str) -> Iterator[tuple[str, str]]:
    """`(JSON pointer, JSONata)` of every expression in a value at a place."""
    if is_expression(value):
        yield path, value[2:-2]
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from expressions(part, f"{path}/{key}")
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from expressions(part, f"{path}/{position}")
