"""Races: what arrives in an arm, and what the first to arrive comes to."""

import json

from weft.expressions.ast import JsonValue
from weft.expressions.errors import ExpressionLimit
from weft.expressions.values import Meter, json_text
from weft.ir.flow import FlowNode
from weft.ir.ops import MAX_WON, TOO_LARGE, Race
from weft.semantics.answers import Failed, Path
from weft.semantics.facts import Facts
from weft.semantics.tokens import Fired


def arrived_first(facts: Facts, race: FlowNode, child: Path) -> list[JsonValue]:
    """What an arm whose nodes are resolved gives, if it gives anything: its first live edge's."""
    assert isinstance(race.op, Race)
    sources = {n.id for n in facts.wiring.inside(race.id, child)}
    return [
        facts.live[source, child][port]
        for _, taps in facts.wiring.taps_back[race.id]
        for source, _, port in taps
        if source in sources and port in facts.live[source, child]
    ]


def won(op: Race, value: JsonValue) -> Fired | Failed:
    """What a race comes to that an arm has won with `value`."""
    try:
        text = json_text({"v": value}, Meter())  # as hosts carry it: numbers keep 15 digits
    except ExpressionLimit:  # which is far above the limit here
        return Failed(TOO_LARGE, op.too_large)
    if len(text) > MAX_WON:
        return Failed(TOO_LARGE, op.too_large)
    carried: JsonValue = json.loads(text)["v"]
    return Fired({op.done_port: carried}, carried)
