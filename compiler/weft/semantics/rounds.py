"""The rounds of a `Repeat` loop: what arrives in one, whether another follows, what leaves."""

from weft.expressions.ast import JsonValue
from weft.ir.flow import FlowNode
from weft.ir.ops import MAX_ROUNDS, Repeat
from weft.semantics.answers import Activation, Failed, Path
from weft.semantics.facts import Facts
from weft.semantics.tokens import Arrived, Fired, joined, tokens


def begin_round(facts: Facts, loop: FlowNode, op: Repeat, child: Path) -> None:
    """A round starts: what `{{loop.item}}` is in it, and that there is one more."""
    facts.counts[loop.id, child[:-1]] = child[-1] + 1
    came = _came_back(facts, loop, child) if child[-1] else tokens(facts, loop.id, child[:-1])
    facts.live[loop.id, child] = {op.item_port: _first_value(facts, loop, came)}


def arrived_in_round(facts: Facts, loop: FlowNode, child: Path) -> Arrived:
    """The tokens at the header's inputs: first those from outside, then what came back."""
    first = tokens(facts, loop.id, child[:-1])
    if child[-1] == 0:
        return first
    back = _came_back(facts, loop, child)
    return Arrived({**first.ports, **back.ports}, first.dead or back.dead)


def goes_on(facts: Facts, loop: FlowNode, child: Path) -> bool:
    """Whether a round that is resolved is followed by one: something came back, and suffices."""
    following = (*child[:-1], child[-1] + 1)
    if not any(_came_back(facts, loop, following).ports.values()):
        return False
    return joined(facts, loop, arrived_in_round(facts, loop, following))


def too_many_rounds(loop: FlowNode, op: Repeat) -> Failed:
    """The error of a loop that goes on after its last round."""
    return Failed(MAX_ROUNDS, op.too_many(loop.own_id))


def leave(facts: Facts, op: Repeat, last: Path) -> Fired:
    """What leaves the loop after its last round."""
    live: dict[str, JsonValue] = {}
    for port, (node_id, of_node) in op.exits.items():
        inner: Activation = (node_id, last)
        if of_node in facts.live[inner]:
            live[port] = facts.live[inner][of_node]
    return Fired(live, None if op.output is None else live.get(op.output))


def _came_back(facts: Facts, loop: FlowNode, child: Path) -> Arrived:
    before = (*child[:-1], child[-1] - 1)
    return tokens(facts, loop.id, before, facts.wiring.taps_back)


def _first_value(facts: Facts, loop: FlowNode, came: Arrived) -> JsonValue:
    name, values = next(iter(came.ports.items()))
    if facts.wiring.port(loop.id, name).many:
        return list(values)
    return values[0] if values else None
