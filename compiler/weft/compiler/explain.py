"""What a compiled graph will do and cost, as data: for whoever asks before a run starts."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from weft.compiler.artefact import Artefact
from weft.compiler.check.runner_expressions import not_lowered
from weft.compiler.cost.chances import Chances
from weft.compiler.cost.estimate import estimate
from weft.compiler.cost.prices import prices
from weft.compiler.cost.ways import ways
from weft.ir.flow import FlowNode
from weft.ir.ops import Invoke, NativeCall, Start


def explained(artefact: Artefact) -> dict[str, Any]:
    """`{"nodes", "states", "cost", "span", "futures", "tiers", "inline", "fused", "ways", "steps",
    "notes"}`.

    `ways`: `[{"decided": {node: outcome}, "share", "transitions"}]`, the likeliest first. `steps`:
    per node how it runs (`state`, `native`, `runner:<group>`, or `none` for what costs nothing),
    the states that are its own, the transitions expected of it, and what a runner has to compute
    and why. `notes`: diagnostics with what to change.
    """
    machine, flow, manifest = artefact.machine, artefact.flow, artefact.manifest
    chances = Chances(flow, machine.diagrams)
    told = estimate(machine, chances, prices(manifest["cost"]["region"]), {})
    states: dict[str, list[str]] = {}
    for name, entry in artefact.source_map["states"].items():
        if entry["role"] in ("step", "fused", "loop"):
            for node in entry["nodes"]:
                states.setdefault(node, []).append(name)
    needed = not_lowered(flow)
    return {
        "nodes": sum(node.is_drawn for node in flow.nodes.values()),
        "states": manifest["states"],
        "cost": manifest["cost"],
        "span": manifest["span"],
        "futures": manifest.get("futures", []),
        "tiers": manifest["tiers"],
        "inline": manifest["inline"],
        "fused": manifest["fused"],
        "ways": [
            {
                "decided": dict(way.decided),
                "share": round(way.share, 6),
                "transitions": round(way.transitions, 4),
            }
            for way in ways(machine.billed(), machine.fired, chances)
        ],
        "steps": [
            _step(node, states, told.by_node, needed)
            for node in flow.nodes.values()
            if node.is_drawn
        ],
        "notes": [asdict(item) for item in (*artefact.diagnostics, *artefact.notes)],
    }


def _step(
    node: FlowNode,
    states: Mapping[str, list[str]],
    by_node: Mapping[str, float],
    needed: Mapping[str, list[str]],
) -> dict[str, Any]:
    return {
        "node": node.id,
        "type": node.type,
        "runs": _runs(node, states),
        "states": states.get(node.id, []),
        "transitions": round(by_node.get(node.id, 0.0), 4),
        "on_runner": needed.get(node.id, []),
    }


def _runs(node: FlowNode, states: Mapping[str, list[str]]) -> str:
    match node.op:
        case Start():
            return "trigger"
        case Invoke(native=NativeCall(resource=resource)):
            return resource
        case Invoke(group=group):
            return f"runner:{group}"
        case _:
            return "state" if node.id in states else "none"
