"""What is the same for all runs of a published version, made ready for projecting them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weft.ir.flow import Flow
from weft.ir.ops import ForEach, Invoke, Sleep
from weft.semantics.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same for all runs of a published version."""

    wiring: Wiring
    effects: Mapping[str, str]  # state name → the effect node it performs, the first of several
    fused: frozenset[str]  # names of states that perform several
    loops: frozenset[str]  # names of Map states that are a for-each
    wins: Mapping[str, tuple[str, int]]  # state name → the race that an arm wins in it, and which

    @classmethod
    def of(cls, flow: Flow, source_map: Mapping[str, Any]) -> "Plan":
        """Reads `{"states": {name: {"nodes": [ids], "role": …}}}`."""
        effects: dict[str, str] = {}
        loops: set[str] = set()
        fused: set[str] = set()
        wins: dict[str, tuple[str, int]] = {}
        for name, entry in source_map["states"].items():
            if "arm" in entry:
                wins[name] = entry["nodes"][0], entry["arm"]
            if entry["role"] == "fused":
                fused.add(name)
                effects[name] = entry["nodes"][0]
            if entry["role"] != "step":
                continue
            for node_id in entry["nodes"]:
                op = flow.nodes[node_id].op
                if isinstance(op, Invoke | Sleep):
                    effects[name] = node_id
                elif isinstance(op, ForEach):
                    loops.add(name)
        return cls(Wiring(flow), effects, frozenset(fused), frozenset(loops), wins)

    @property
    def flow(self) -> Flow:
        """The version's graph, checked."""
        return self.wiring.flow
