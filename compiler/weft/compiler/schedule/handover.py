"""What a dropped dependency has to hand over, and under which condition that is done.

Whoever is behind the dropped dependency, and nowhere else behind what came before it, reads what
the future carries. It is told wherever it may be awaited: on every path that both branches can
tell apart, also where its source is skipped; then it says that nothing came.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final

from weft.compiler.lower.closure import Facts
from weft.compiler.lower.program import Program, node_of, symbol
from weft.compiler.schedule.conditions import Conditions, decider
from weft.compiler.schedule.futures import Handed, Pair
from weft.compiler.schedule.loads import kib_of
from weft.compiler.schedule.poset import Needs, Poset
from weft.compiler.schedule.reads import Reads
from weft.ir.flow import TOP

WAYS: Final = 100  # to come to a condition's truth; its text names each
_KIB: Final = 200  # of what is carried, by class; an item has up to 400 (AWS, DynamoDB quotas)


def decided_by(program: Program, facts: Facts, name: Hashable) -> frozenset[str]:
    """The facts that a variable of a condition rests on."""
    deciding = decider(name)
    if deciding is None:
        return frozenset()
    if deciding in program.stated:
        return frozenset({symbol("n", deciding).name})
    assert isinstance(name, tuple)
    port = name[1]
    said = symbol("m", deciding, port) if port else symbol("h", deciding)
    return facts.of(said.name) | facts.of(symbol("a", deciding).name)


@dataclass(frozen=True, slots=True)
class Handover:
    """Decides for the states outside of loops of one program."""

    program: Program
    conditions: Conditions
    needed: Needs
    reads: Reads
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def __call__(self, order: Poset, pairs: Sequence[Pair]) -> list[Handed] | None:
        """By pair, where the order is what is left without the pairs; None where it cannot be."""
        behind = [self._behind(order, target) for _, target in pairs]
        carried: list[set[str]] = [set() for _ in pairs]
        for element, name in enumerate(order.nodes):
            for lost in self._lost(order, element, name):
                bit = 1 << self.needed.position[lost]
                given = False
                for number, (source, _) in enumerate(pairs):
                    told = order.before[source] | 1 << source
                    if behind[number] >> element & 1 and told & bit:
                        carried[number].add(lost)
                        given = True
                if not given:
                    return None
        if len(set().union(*carried)) < sum(map(len, carried)):
            return None  # of one outcome there would be two copies
        found: list[Handed] = []
        for (source, target), names, readers in zip(pairs, carried, behind, strict=True):
            handed = self._handed(order, source, target, names, readers)
            if handed is None:
                return None
            found.append(handed)
        return found

    def _handed(
        self, order: Poset, source: int, target: int, names: set[str], readers: int
    ) -> Handed | None:
        nodes = order.nodes
        if sum(kib_of(self.program.flow.nodes[name]) for name in names) > _KIB:
            return None
        diagrams, fired = self.conditions.diagrams, self.conditions.fired
        unknown = self._undecided(order.before[target])
        some = self.conditions.any_of([fired(name) for name in sorted({*names, nodes[source]})])
        tell = diagrams.exists(some, unknown)
        wanted = [fired(name) for k, name in enumerate(nodes) if readers >> k & 1]
        wait = diagrams.both(tell, diagrams.exists(self.conditions.any_of(wanted), unknown))
        if wait is False:
            return None  # nobody ever waits
        if any(diagrams.ways(d) > WAYS for d in (tell, wait) if not isinstance(d, bool)):
            return None
        return Handed(tuple(n for n in nodes if n in names), tell, wait)

    def _behind(self, order: Poset, target: int) -> int:
        """An element and all that wait for it."""
        found = 1 << target
        for element, before in enumerate(order.before):
            if before & found:
                found |= 1 << element
        return found

    def _lost(self, order: Poset, element: int, name: str) -> list[str]:
        """The nodes that a state, or whether it runs, rests on, and that the order no longer puts
        before it."""
        flow = self.program.flow
        read = self._read(name)
        return sorted(
            other
            for other in read
            if other in self.needed.position
            and flow.nodes[other].scope == TOP
            and other != name
            and not order.before[element] >> self.needed.position[other] & 1
        )

    def _read(self, name: str) -> frozenset[str]:
        found = self._known.get(name)
        if found is None:
            facts = self.reads.of(name) | self.reads.facts.of(symbol("a", name).name)
            for variable in self.conditions.diagrams.tested(self.conditions.fired(name)):
                facts |= decided_by(self.program, self.reads.facts, variable)
            found = frozenset(node_of(fact) for fact in facts if fact[0] == "n")
            self._known[name] = found
        return found

    def _undecided(self, done: int) -> Callable[[Hashable], bool]:
        """Which variables are not decided where some states have ended."""

        def undecided(name: Hashable) -> bool:
            node = decider(name)
            if node is None:
                return False
            if self.program.flow.nodes[node].scope != TOP:
                return True
            own = 1 << self.needed.position[node] if node in self.program.stated else 0
            return bool((own or self.needed.before[node]) & ~done)

        return undecided
