"""A definition, compiled: states as objects, expressions as code, checked on the way."""

from dataclasses import dataclass, field
from typing import Any

from weft.engine.errors import DefinitionInvalid, Problem
from weft.engine.jsonata import Jsonata
from weft.engine.jsonpath.parts import JsonPathParts
from weft.engine.names import PLAIN_NAMES, Names
from weft.engine.parts import JsonataParts, StateParts
from weft.engine.states.base import State

LANGUAGES: dict[str, type[StateParts]] = {"JSONata": JsonataParts, "JSONPath": JsonPathParts}


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
    role: str = ""


class Builder:
    """Compiles one definition whose shape is already checked."""

    def __init__(self, jsonata: Jsonata, types: dict[str, type[State]]) -> None:
        self.jsonata = jsonata
        self.problems: list[Problem] = []
        self.language = "JSONPath"
        self._types = types

    def block(self, source: dict[str, Any], at: str = "") -> Block:
        """Compile the states of a machine, or of a part of one with a language of its own."""
        around = self.language
        self.language = source.get("QueryLanguage", around)
        block = Block(source["StartAt"])
        for name, state in source["States"].items():
            language = state.get("QueryLanguage", self.language)
            parts = LANGUAGES[language](self, name, state, f"{at}/States/{name}")
            block.states[name] = self._types[state["Type"]](parts)
        self.language = around
        return block


def build_machine(
    machine_id: str, kind: str, definition: dict[str, Any], builder: Builder
) -> Machine:
    """Compile a checked definition. Raises DefinitionInvalid for expressions that do not parse."""
    block = builder.block(definition)
    if builder.problems:
        raise DefinitionInvalid(builder.problems)
    timeout = definition.get("TimeoutSeconds")
    return Machine(machine_id, machine_id, kind, block, timeout)
