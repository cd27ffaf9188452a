"""A definition, compiled: states as objects, expressions as code, checked on the way."""

from dataclasses import dataclass, field
from typing import Any

from weft.engine.errors import DefinitionInvalid, Problem
from weft.engine.json import JsonValue
from weft.engine.jsonata import Jsonata
from weft.engine.names import PLAIN_NAMES, Names
from weft.engine.states.base import State
from weft.engine.template import Template, TemplateCompiler, TypedField


@dataclass(frozen=True, slots=True)
class Retrier:
    """One entry of Retry."""

    errors: frozenset[str]
    interval: float = 1.0
    attempts: int = 3
    backoff: float = 2.0
    longest: float | None = None
    jitter: bool = False


@dataclass(frozen=True, slots=True)
class Catcher:
    """One entry of Catch."""

    errors: frozenset[str]
    next: str
    output: Template | None
    assign: dict[str, Template] | None


@dataclass(slots=True)
class Block:
    """States that belong together: a machine's, a branch's or an item processor's."""

    start_at: str
    states: dict[str, State] = field(default_factory=dict)


@dataclass(slots=True)
class Machine:
    """A compiled state machine."""

    id: str
    name: str
    kind: str
    block: Block
    timeout: float | None
    revision: int = 1
    names: Names = PLAIN_NAMES


class StateParts:
    """What every state has in common, and the means to compile the rest of it."""

    def __init__(self, builder: "Builder", name: str, source: dict[str, Any], at: str) -> None:
        self.builder = builder
        self.name = name
        self.source = source
        self.location = at
        self._templates = TemplateCompiler(builder.jsonata, name, at)
        self.next: str | None = source.get("Next")
        self.output = self.template("Output")
        self.assign = self.assignments(source, "Assign")
        self.retriers = [_retrier(r) for r in source.get("Retry", [])]
        self.catchers = [self._catcher(c, i) for i, c in enumerate(source.get("Catch", []))]

    def template(self, field_name: str, source: dict[str, Any] | None = None) -> Template | None:
        """The template of a field, or None where it is absent."""
        holder = self.source if source is None else source
        if field_name not in holder:
            return None
        return self.compile(holder[field_name], field_name)

    def compile(self, value: JsonValue, path: str) -> Template:
        """A template at a path within the state."""
        made = self._templates.compile(value, path)
        self.builder.problems += self._templates.problems
        self._templates.problems = []
        return made

    def typed(self, field_name: str, kind: str, holder: str = "") -> TypedField | None:
        """A field whose value must be an `integer`, `number`, `string`, `boolean` or `array`."""
        source = self.source.get(holder, {}) if holder else self.source
        if field_name not in source:
            return None
        path = f"{holder}/{field_name}" if holder else field_name
        return TypedField(self.compile(source[field_name], path), source[field_name], path, kind)

    def assignments(self, source: dict[str, Any], path: str) -> dict[str, Template] | None:
        """The variables an Assign sets, or None."""
        if "Assign" not in source:
            return None
        return {k: self.compile(v, f"{path}/{k}") for k, v in source["Assign"].items()}

    def block(self, source: dict[str, Any], path: str) -> Block:
        """The states of a branch or an item processor."""
        return self.builder.block(source, f"{self.location}/{path}")

    def _catcher(self, source: dict[str, Any], index: int) -> Catcher:
        path = f"Catch[{index}]"
        output = self.compile(source["Output"], f"{path}/Output") if "Output" in source else None
        assign = self.assignments(source, f"{path}/Assign")
        return Catcher(frozenset(source["ErrorEquals"]), source["Next"], output, assign)


class Builder:
    """Compiles one definition whose shape is already checked."""

    def __init__(self, jsonata: Jsonata, types: dict[str, type[State]]) -> None:
        self.jsonata = jsonata
        self.problems: list[Problem] = []
        self._types = types

    def block(self, source: dict[str, Any], at: str) -> Block:
        """Compile the states of a block."""
        block = Block(source["StartAt"])
        for name, state in source["States"].items():
            parts = StateParts(self, name, state, f"{at}/States/{name}")
            block.states[name] = self._types[state["Type"]](parts)
        return block


def build_machine(
    machine_id: str, kind: str, definition: dict[str, Any], builder: Builder
) -> Machine:
    """Compile a checked definition. Raises DefinitionInvalid for expressions that do not parse."""
    block = builder.block(definition, "")
    if builder.problems:
        raise DefinitionInvalid(builder.problems)
    timeout = definition.get("TimeoutSeconds")
    return Machine(machine_id, machine_id, kind, block, timeout)


def _retrier(source: dict[str, Any]) -> Retrier:
    return Retrier(
        frozenset(source["ErrorEquals"]),
        source.get("IntervalSeconds", 1),
        source.get("MaxAttempts", 3),
        source.get("BackoffRate", 2.0),
        source.get("MaxDelaySeconds"),
        source.get("JitterStrategy") == "FULL",
    )
