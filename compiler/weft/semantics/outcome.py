"""What a run comes to: its effects, the fate of every activation, its result or its error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from weft.expressions.ast import JsonValue
from weft.ir.flow import FlowNode
from weft.ir.ops import Known, Result
from weft.semantics.answers import Activation, Path
from weft.semantics.facts import FIRED, SKIPPED, Facts, Status


@dataclass(frozen=True, slots=True)
class Called:
    """One effect that fired, with its arguments. Each activation fires at most once."""

    node: str
    path: Path
    arguments: JsonValue


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run.

    On a failed run `effects` are those that *can* run: every effect not behind a failing one.
    `failing`: the effects that failed and that nothing recovered, with their errors; hosts report
    one of them. `error` is the first in flow order.
    `lost`: loop activations and single iterations that failed although the run may go on;
    which of the effects inside them ran is not determined.
    `torn`: handled loops that pass on one of several errors; which one is not determined, and so
    is nothing that rests on it.
    A node without an entry in `values` has the value null.
    """

    status: Literal["completed", "failed"]
    statuses: Mapping[Activation, Status]
    values: Mapping[Activation, JsonValue]
    effects: tuple[Called, ...]
    result: Mapping[str, JsonValue]
    response: JsonValue
    error: Mapping[str, JsonValue] | None
    failing: Mapping[Activation, Mapping[str, JsonValue]]
    lost: frozenset[Activation]
    torn: frozenset[Activation] = frozenset()


def results_of(facts: Facts) -> dict[str, JsonValue]:
    """The run's result: each result node's value, or the text SKIPPED."""
    return {
        node_id: facts.read(node_id, node_id, ()) if _fired(facts, node_id) else SKIPPED
        for node_id in facts.wiring.flow.results
    }


def response_of(facts: Facts) -> JsonValue:
    """The answer to a waiting caller: that of the first respond node, in flow order, that fired."""
    for node in facts.wiring.flow.nodes.values():
        if _responds(node) and _fired(facts, node.id):
            return facts.read(node.id, node.id, ())
    return None


def _responds(node: FlowNode) -> bool:
    return isinstance(node.op, Result | Known) and node.op.response


def _fired(facts: Facts, node_id: str) -> bool:
    return facts.statuses.get((node_id, ())) in FIRED
