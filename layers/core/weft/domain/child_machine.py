"""A part of a workflow that runs as a machine of its own, started by the workflow's machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

MachineType: TypeAlias = Literal["STANDARD", "EXPRESS"]


@dataclass(frozen=True, slots=True)
class ChildMachine:
    """Who starts it names it `machine:<its name>`, until a host has made it."""

    type: MachineType
    definition: Mapping[str, Any]

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> "ChildMachine":
        """Reads what `as_json` gives."""
        return cls(held["type"], held["definition"])

    def as_json(self) -> dict[str, Any]:
        """`{"type", "definition"}`."""
        return {"type": self.type, "definition": dict(self.definition)}
