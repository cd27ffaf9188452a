"""Put conditions around the parts of a series-parallel tree, as far out as they can be known.

A guard may only test what is decided before the guarded part starts, so variables that the part
itself will decide are quantified away. Parallel parts that exclude each other become the arms of
one choice, and so do neighbours in a sequence.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from weft.compiler.lower.closure import Facts
from weft.compiler.lower.logic import ExpressionLogic
from weft.compiler.lower.program import Program, node_of, symbol
from weft.compiler.schedule.conditions import Conditions, decider
from weft.compiler.schedule.deparallelise import deparallelise
from weft.compiler.schedule.diagrams import Diagram
from weft.compiler.schedule.durations import expected_seconds
from weft.compiler.schedule.futures import Planner
from weft.compiler.schedule.handover import WAYS, Handover, decided_by
from weft.compiler.schedule.poset import Needs, Poset, needs, part_of
from weft.compiler.schedule.reads import Reads
from weft.compiler.schedule.regions import Arm, Choose, Do, Fork, Region, Seq
from weft.compiler.schedule.series_parallel import series_parallel
from weft.compiler.schedule.span import LATENCY
from weft.compiler.schedule.tree import Await, Leaf, Series, Tell, Tree, awaited, leaves, marks
from weft.expressions.ast import Expr
from weft.ir.flow import TOP
from weft.ir.ops import ForEach, Race, Repeat


@dataclass(frozen=True, slots=True)
class Futures:
    """At most so many, each of which saves more than `price` seconds."""

    most: int = 0
    price: float = 0.0


def schedule(
    program: Program,
    conditions: Conditions,
    measured: Mapping[str, float] | None = None,
    futures: Futures = Futures(),
) -> dict[str, Region | None]:
    """The region of every scope whose loop has a state; None where nothing has one.

    `measured`: seconds by node, where they are known. `futures`: outside of loops.
    """
    needed = needs(program)
    seconds = expected_seconds(program, needed, measured)
    facts = Facts(program.definitions)
    loops = [n.id for n in program.flow.nodes.values() if isinstance(n.op, ForEach | Repeat | Race)]
    scopes = [TOP, *(loop for loop in loops if loop in program.stated)]
    found: dict[str, Region | None] = dict.fromkeys(scopes)

    def planned(scope: str, order: Poset) -> Tree | None:
        if scope != TOP or not futures.most:
            return series_parallel(order, seconds)
        near = [needed.nearest[name] for name in order.nodes]
        direct = [frozenset(k for k in range(len(near)) if mask >> k & 1) for mask in near]
        handover = Handover(program, conditions, needed, Reads(program, found))
        planner = Planner(order, direct, seconds, handover, futures.price, LATENCY)
        return planner.planned(futures.most)

    def arranged(scope: str, order: Poset) -> Region | None:
        tree = planned(scope, order)
        handing = bool(tree and awaited(tree))
        work = _Structure(program, conditions, needed, facts, scope, handing)
        region = work.build(tree, True, 0) if tree else None
        return deparallelise(region, seconds) if region else None

    for scope in reversed(scopes):  # what the bodies of loops read is known before the top
        order, op = needed.order(scope), program.flow.nodes[scope].op if scope != TOP else None
        if isinstance(op, Race):
            arms = [[n for n in order.nodes if op.arms[n] == arm] for arm in op.numbers]
            parts = [arranged(scope, part_of(order, arm)) for arm in arms]
            found[scope] = beside([part for part in parts if part is not None])
        else:
            found[scope] = arranged(scope, order)
    return found


def beside(arms: Sequence[Region]) -> Region | None:
    """The arms of a race: they must not be put one behind the other."""
    return Fork(tuple(arms)) if arms else None


@dataclass(frozen=True, slots=True)
class _Guarded:
    guard: Diagram
    tree: Tree
    done: int  # resolved before it starts, as in `Needs`


@dataclass(slots=True)
class _Structure:
    program: Program
    conditions: Conditions
    needed: Needs
    facts: Facts
    scope: str
    handing: bool  # whether there are futures, behind which not all that came before has ended

    def build(self, tree: Tree, known: Diagram, done: int) -> Region | None:
        """The region of a tree where `known` holds and `done` is resolved."""
        guard = self.guard(tree, known, done)
        return self._arms([(guard, self._inside(tree, guard, known, done))], known, done, [tree])

    def guard(self, tree: Tree, known: Diagram, done: int) -> Diagram:
        """The weakest decidable condition under which some node of the tree fires."""
        diagrams = self.conditions.diagrams
        some = diagrams.both(self._some(tree), known)

        def undecided(name: Hashable) -> bool:
            node = decider(name)
            if node is None or self.program.flow.nodes[node].scope != self.scope:
                return False
            if node in self.program.stated:
                return not self.needed.ended(node, done)
            return bool(self.needed.before[node] & ~done) and not self._told(name, done)

        found = diagrams.exists(some, undecided)
        return found if self._sayable(found, tree, known, done) else known

    def _some(self, tree: Tree) -> Diagram:
        """When anything of a tree runs."""
        fired = [self.conditions.fired(name) for name in leaves(tree)]
        return self.conditions.any_of([*fired, *(mark.when for mark in marks(tree))])

    def _told(self, name: Hashable, done: int) -> bool:
        """Whether what a stateless decision rests on is there, if not all that is before it."""
        if not self.handing:
            return False
        facts = decided_by(self.program, self.facts, name)
        return all(self.needed.ended(node_of(fact), done) for fact in facts)

    def _resolved(self, tree: Tree) -> int:
        """The nodes whose outcome is known behind a tree."""
        carried = [name for future in awaited(tree) for name in future.carries]
        return self.needed.set_of([*leaves(tree), *carried])

    def _sayable(self, guard: Diagram, tree: Tree, known: Diagram, done: int) -> bool:
        """Whether the guard has a short text; the parts of a tree can do without one around them.

        The activation of a single state always has one: all that it asks for is recorded.
        """
        if isinstance(tree, Leaf | Tell | Await) or isinstance(guard, bool):
            return True
        if self.conditions.diagrams.ways(guard) <= WAYS:
            return True
        return self._activation(guard, known, done, leaves(tree)) is not None or (
            self.conditions.diagrams.ways(self.conditions.diagrams.restricted(guard, known)) <= WAYS
        )

    def _inside(self, tree: Tree, guard: Diagram, known: Diagram, done: int) -> Region | None:
        if guard is False:
            return None
        inside = self.conditions.diagrams.both(known, guard)
        if isinstance(tree, Leaf):
            return Do(tree.node)
        if isinstance(tree, Tell | Await):
            return tree
        if isinstance(tree, Series):
            return self._series(tree.parts, inside, done)
        return self._parallel(tree.parts, inside, done)

    def _series(self, parts: tuple[Tree, ...], known: Diagram, done: int) -> Region | None:
        """Neighbours with one guard share it; neighbours that exclude each other become arms."""
        diagrams = self.conditions.diagrams
        regions: list[Region] = []
        position = 0
        while position < len(parts):
            guard = self.guard(parts[position], known, done)
            end = position + 1
            while end < len(parts) and self.guard(parts[end], known, done) is guard:
                end += 1
            arms = [(guard, parts[position:end])]
            taken = guard
            while end < len(parts):  # a neighbour decided already, and never together with these
                other = self.guard(parts[end], known, done)
                if not self._settled(parts[end], known, done, other):
                    break
                if diagrams.both(other, taken) is not False:
                    break
                arms.append((other, parts[end : end + 1]))
                taken = diagrams.either(taken, other)
                end += 1
            built, before = [], done
            for chosen, group in arms:
                built.append((chosen, self._run(group, chosen, known, done)))
                # Where a later arm runs, the earlier ones did not: that is known of them.
                for part in group:
                    done |= self._resolved(part)
            region = self._arms(built, known, before, list(parts[position:end]))
            regions.extend(_flat(region))
            position = end
        return _seq(regions)

    def _settled(self, tree: Tree, known: Diagram, done: int, guard: Diagram) -> bool:
        """Whether the guard says all: nothing of the tree is decided later."""
        return self.conditions.diagrams.both(self._some(tree), known) is guard

    def _run(
        self, group: tuple[Tree, ...], guard: Diagram, known: Diagram, done: int
    ) -> Region | None:
        if guard is False:
            return None
        inside = self.conditions.diagrams.both(known, guard)
        if len(group) == 1:
            return self._inside(group[0], guard, known, done)
        regions: list[Region] = []
        for part in group:
            regions.extend(_flat(self.build(part, inside, done)))
            done |= self._resolved(part)
        return _seq(regions)

    def _parallel(self, parts: tuple[Tree, ...], known: Diagram, done: int) -> Region | None:
        diagrams = self.conditions.diagrams
        clusters: list[tuple[Diagram, list[_Guarded]]] = []
        for part in parts:
            guard = self.guard(part, known, done)
            if guard is False:
                continue
            for index, (taken, members) in enumerate(clusters):
                if diagrams.both(taken, guard) is False:
                    members.append(_Guarded(guard, part, done))
                    clusters[index] = (diagrams.either(taken, guard), members)
                    break
            else:
                clusters.append((guard, [_Guarded(guard, part, done)]))
        regions = [
            self._arms(
                [(m.guard, self._inside(m.tree, m.guard, known, done)) for m in members],
                known,
                done,
                [m.tree for m in members],
            )
            for _, members in clusters
        ]
        kept = tuple(region for region in regions if region is not None)
        if not kept:
            return None
        return kept[0] if len(kept) == 1 else Fork(kept)

    def _arms(
        self,
        built: list[tuple[Diagram, Region | None]],
        known: Diagram,
        done: int,
        trees: list[Tree],
    ) -> Region | None:
        """One choice over the arms, or the only arm itself where it always runs."""
        diagrams = self.conditions.diagrams
        arms = [(guard, region) for guard, region in built if region is not None]
        if not arms:
            return None
        total: Diagram = False
        for guard, _ in arms:
            total = diagrams.either(total, guard)
        covers = diagrams.implies(known, total)
        if covers and len(arms) == 1:
            return arms[0][1]
        names = [name for tree in trees for name in leaves(tree)]
        texts = [
            Arm(self._text(guard, known, done, names), region, guard) for guard, region in arms
        ]
        return Choose(tuple(texts), covers)

    def _readable(self, name: str, done: int) -> bool:
        """Whether the node's activation, as it is written, asks only for what is recorded."""
        flow = self.program.flow
        facts = (node_of(fact) for fact in self.facts.of(symbol("a", name).name))
        return all(
            self.needed.ended(node, done) or flow.nodes[node].scope != self.scope for node in facts
        )

    def _activation(
        self, guard: Diagram, known: Diagram, done: int, names: list[str]
    ) -> str | None:
        """A node whose activation says what the guard does."""
        diagrams = self.conditions.diagrams
        for name in names:
            fired = self.conditions.fired(name)
            if isinstance(fired, bool) or diagrams.both(fired, known) is not guard:
                continue
            if self._readable(name, done):
                return name
        return None

    def _text(self, guard: Diagram, known: Diagram, done: int, names: list[str]) -> Expr:
        """The guard as an expression: a node's own activation where that says the same."""
        name = self._activation(guard, known, done, names)
        if name is not None:
            return symbol("a", name)
        small = self.conditions.diagrams.restricted(guard, known)
        return self.conditions.expression(small, ExpressionLogic(self.program.stated))


def _flat(region: Region | None) -> tuple[Region, ...]:
    if region is None:
        return ()
    return region.parts if isinstance(region, Seq) else (region,)


def _seq(regions: list[Region]) -> Region | None:
    if not regions:
        return None
    return regions[0] if len(regions) == 1 else Seq(tuple(regions))
