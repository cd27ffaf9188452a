"""What arrives at a node's in-edges and what leaves its ports; whether its join is satisfied."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from weft.expressions.ast import JsonValue
from weft.ir.flow import FlowNode
from weft.ir.ports import Join
from weft.semantics.answers import Path
from weft.semantics.facts import Facts
from weft.semantics.wiring import Taps

NOTHING: Mapping[str, JsonValue] = MappingProxyType({})


class Arrived(NamedTuple):
    """Per connected input port its live values in canonical order; `dead`: some edge is dead."""

    ports: Mapping[str, list[JsonValue]]
    dead: bool


class Fired(NamedTuple):
    """The live ports with their values, and the node's output."""

    live: Mapping[str, JsonValue] = NOTHING
    value: JsonValue = None


def tokens(
    facts: Facts, node_id: str, path: Path, taps: Mapping[str, Taps] | None = None
) -> Arrived:
    """The tokens at a node's in-edges, all of which are resolved; or at a loop's ways back."""
    ports: dict[str, list[JsonValue]] = {}
    dead = False
    for name, found in (facts.wiring.taps if taps is None else taps)[node_id]:
        ports[name] = values = []
        for source, depth, port in found:
            live = facts.live.get((source, path[:depth]), NOTHING)
            if port in live:
                values.append(live[port])
            else:
                dead = True
    return Arrived(ports, dead)


def joined(facts: Facts, node: FlowNode, came: Arrived) -> bool:
    """Whether what came satisfies the node's join (semantics §4.2)."""
    if not came.dead:
        # Every edge is live, so whatever the node waits for is there, unless it has no edges.
        return bool(came.ports) or node.join is not Join.ANY_PORT
    match node.join:
        case Join.ALL_PORTS:
            port = facts.wiring.port
            return all(came.ports[p] for p in came.ports if port(node.id, p).gates)
        case Join.ANY_PORT:
            return any(came.ports.values())
        case Join.ALL_EDGES:
            return not came.dead
        case Join.ALWAYS:
            return True
