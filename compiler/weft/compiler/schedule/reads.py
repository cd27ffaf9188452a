"""What regions read: recorded facts, through everything that has no state."""

from collections.abc import Iterator, Mapping

from weft.compiler.lower.closure import Facts
from weft.compiler.lower.program import Program
from weft.compiler.schedule.regions import Choose, Do, Outline, Region
from weft.compiler.schedule.tree import Await, Tell
from weft.ir.walk import expressions


class Reads:
    """Facts read by the nodes and choices of a scheduled program."""

    def __init__(self, program: Program, regions: Mapping[str, Region | None]) -> None:
        self.facts = Facts(program.definitions)
        self._program = program
        self._regions = regions
        self._known: dict[str, frozenset[str]] = {}

    def items(self, region: Region) -> Iterator[frozenset[str]]:
        """One set for each node and for each choice of a region."""
        match region:
            case Do(node=node):
                yield self.of(node)
            case Tell(future=future):
                yield frozenset(f"n:{name}" for name in future.carries)
            case Await():
                return
            case Choose(arms=arms):
                whens = (self.facts.under(arm.when) for arm in arms)
                yield frozenset[str]().union(*whens)
                for arm in arms:
                    yield from self.items(arm.body)
            case Outline(body=body):
                yield from self.items(body)
            case _:
                for part in region.parts:
                    yield from self.items(part)

    def of(self, node: str) -> frozenset[str]:
        """What a node with a state reads; a loop reads what its body reads of outside."""
        if node not in self._known:
            self._known[node] = frozenset(self._of(node))
        return self._known[node]

    def ends(self, loop: str) -> frozenset[str]:
        """What the end of a loop's iteration reads."""
        program = self._program
        told = [program.returned[loop]] if loop in program.returned else []
        if loop in program.rounds:
            rounds = program.rounds[loop]
            told += [rounds.again, rounds.following, rounds.left]
        return frozenset[str]().union(*map(self.facts.under, told))

    def _of(self, node: str) -> set[str]:
        program, scope = self._program, self._program.flow.nodes[node].scope
        found = {f"{'k' if program.is_counted(scope) else 'i'}:{scope}"} if scope else set()
        if node in program.records:
            found |= self.facts.under(program.records[node])
        if node in program.effects:
            for expr in expressions(program.effects[node]):
                found |= self.facts.under(expr)
        if node in program.rounds:
            found |= self.facts.under(program.rounds[node].enter)
        if node in self._regions:
            found |= self._inside(node)
        return found

    def _inside(self, loop: str) -> set[str]:
        body = self._regions[loop]
        found = set(self.ends(loop))
        if body is not None:
            found = found.union(*self.items(body))
        inner = self._program.flow.nodes
        return {
            fact
            for fact in found
            if fact not in (f"i:{loop}", f"k:{loop}")
            and not (fact[0] == "n" and inner[fact[2:]].scope == loop)
        }
