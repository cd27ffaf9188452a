"""Values that a graph's own conditions can tell apart: made of the names and constants in it.

Any node type's answers, by the kinds of its ports, and any trigger's envelope. A record holds the
members that the graph reads, with the constants that it compares with, so that decisions go
either way without anyone having said what a node answers.
"""

import random
from collections.abc import Iterator
from typing import Any

from weft.expressions.ast import Expr, Get, JsonValue, Lambda, Literal, Ref, RefKind
from weft.expressions.references import walk
from weft.ir.flow import Flow, FlowNode
from weft.ir.ops import Invoke, Start
from weft.ir.ports import Kind
from weft.ir.walk import expressions

Dice = random.Random
_TEXTS = (
    "left", "", "two words", "Größe: 4 m²", 'a "quoted" {part}', "{% $n %} & 'y'", "12",
    "2027-01-15T09:00:00Z",
)  # fmt: skip
_NUMBERS = (0, 1, 2, 3, -1, 2.5, 200, 404)
_LONGEST = 200  # characters of a constant that is used again
_MEMBERS = 8  # of one record, at most
_DEPTH = 2  # records within records


class Plausible:
    """Values for one flow; the same dice give the same values."""

    def __init__(self, flow: Flow) -> None:
        self._starts = sorted(n.id for n in flow.nodes.values() if isinstance(n.op, Start))
        self._types = {name: flow.nodes[name].type for name in self._starts}
        members: dict[str, None] = {}
        texts, numbers = dict.fromkeys(_TEXTS), dict.fromkeys(_NUMBERS)
        for part in _parts(flow):
            if isinstance(part, Get):
                members[part.key] = None
            elif isinstance(part, Literal):
                if isinstance(part.value, str) and len(part.value) <= _LONGEST:
                    texts[part.value] = None
                elif isinstance(part.value, int | float) and not isinstance(part.value, bool):
                    numbers[part.value] = None
        self._members = list(members) or ["id"]
        self._texts, self._numbers = list(texts), list(numbers)

    def trigger(self, seed: int) -> dict[str, Any]:
        """An envelope that fires one of the triggers."""
        dice = Dice(f"plausible trigger {seed}")
        node = dice.choice(self._starts)
        return {
            "node": node,
            "type": self._types[node],
            "data": self.value(dice),
            "headers": {"content-type": "application/json"},
            "query": {name: dice.choice(self._texts) for name in self._some(dice)},
            "method": "POST",
            "timestamp": "2027-01-15T08:00:10Z",
        }

    def answers(self, dice: Dice, node: FlowNode, named: str) -> dict[str, Any]:
        """What a node answers: a value for each port, and for what its routes look at."""
        assert isinstance(node.op, Invoke)
        kinds = {port.name: port.kind for port in node.outputs}
        wanted = dict.fromkeys([*node.op.outputs, *_asked(node.op)])
        return {name: self.of(dice, kinds.get(name, Kind.ANY)) for name in wanted}

    def of(self, dice: Dice, kind: Kind) -> JsonValue:
        """A value of a kind."""
        match kind:
            case Kind.STRING:
                return dice.choice(self._texts)
            case Kind.NUMBER:
                return dice.choice(self._numbers)
            case Kind.BOOLEAN:
                return dice.random() < 0.5
            case Kind.OBJECT:
                return self._record(dice, _DEPTH)
            case Kind.ARRAY:
                return self._list(dice, _DEPTH)
            case Kind.ANY:
                return self.value(dice)

    def value(self, dice: Dice, depth: int = _DEPTH) -> JsonValue:
        """Mostly a record; also what an author did not expect."""
        if depth and dice.random() < 0.55:
            return self._record(dice, depth - 1)
        if depth and dice.random() < 0.4:
            return self._list(dice, depth - 1)
        texts, numbers = dice.choice(self._texts), dice.choice(self._numbers)
        return dice.choice([texts, texts, numbers, numbers, True, False, None])

    def _record(self, dice: Dice, depth: int) -> JsonValue:
        return {name: self.value(dice, depth) for name in self._some(dice)}

    def _list(self, dice: Dice, depth: int) -> JsonValue:
        return [self.value(dice, depth) for _ in range(dice.randint(0, 3))]

    def _some(self, dice: Dice) -> list[str]:
        return dice.sample(self._members, min(len(self._members), _MEMBERS))


def _parts(flow: Flow) -> Iterator[Expr | Lambda]:
    for node in flow.nodes.values():
        for expr in expressions(node.op):
            yield from walk(expr)


def _asked(op: Invoke) -> Iterator[str]:
    """What routes read of an answer, besides its ports."""
    for case in op.routes:
        for part in walk(case.when):
            if isinstance(part, Get) and part.base == Ref(RefKind.RESULT):
                yield part.key
