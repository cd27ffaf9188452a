"""Prove on every compile that a region tree runs each effect exactly when the graph says.

From the tree alone it is worked out again under which condition each node runs, what has run
before it, and what is recorded where something is read. An artefact whose tree fails is a defect
of the compiler and is never published. Arms are tried in their order, the first that holds is
taken; with `covers` the last one is taken where no other is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from weft.compiler.lower.program import Program, symbol
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.diagrams import Diagram
from weft.compiler.schedule.regions import (
    Choose,
    Do,
    Fork,
    Fused,
    Outline,
    Region,
    Seq,
    futures_in,
)
from weft.compiler.schedule.span import acyclic
from weft.compiler.schedule.tree import Await, Future, Tell
from weft.compiler.verify.dependencies import Dependencies, Recorded
from weft.compiler.verify.readback import Readback
from weft.domain.errors import Bug
from weft.expressions.ast import Expr
from weft.ir.flow import TOP
from weft.ir.ops import Invoke
from weft.ir.walk import expressions


def verify_regions(
    program: Program, conditions: Conditions, regions: Mapping[str, Region | None]
) -> None:
    """Raises Bug, naming the node and the difference, unless all of this holds.

    Each node with a state runs exactly once, exactly when it fires (or nowhere, if it never
    fires), after everything it depends on, and reads only what is recorded by then. A future is
    told wherever it is awaited, and nothing waits in a circle.
    """
    proof = _Proof(program, conditions, regions)
    proof.activations()
    ended = proof.scope(TOP, True, 0)
    proof.futures()
    for name in program.flow.results:
        told = (symbol("a", name), symbol("v", name))
        proof.readable(told, ended, f"the result of {name}")


@dataclass(slots=True)
class _Proof:
    program: Program
    conditions: Conditions
    regions: Mapping[str, Region | None]
    read: Readback = field(init=False)
    needed: Dependencies = field(init=False)
    recorded: Recorded = field(init=False)
    members: dict[str, list[str]] = field(init=False)  # nodes with a state, by scope
    entered: dict[str, Diagram] = field(default_factory=dict)  # scope → where it is entered
    seen: int = 0  # nodes met so far, as a bit set; so are all sets below
    never: int = 0
    told: dict[str, Diagram] = field(default_factory=dict)  # future → where it is told
    awaited: dict[str, Diagram] = field(default_factory=dict)
    handing: list[Future] = field(default_factory=list)  # the awaited ones
    relies: dict[str, dict[str, Diagram]] = field(default_factory=lambda: defaultdict(dict))
    lent: int = 0  # in a set, what was told of stands so many places above what ran before,
    # and what was carried as many above that
    hidden: int = 0  # recorded inside a machine that has ended and did not give it back

    def __post_init__(self) -> None:
        self.read = Readback(self.program, self.conditions)
        self.needed = Dependencies(self.program)
        self.recorded = Recorded(self.program)
        self.lent = len(self.recorded.bit) + len(self.program.flow.nodes)
        self.members = {TOP: [], **{name: [] for name in self.regions}}
        for name, bit in self.recorded.bit.items():
            self.members[self.program.flow.nodes[name].scope].append(name)
            if self.conditions.fired_when[name] is False:
                self.never |= bit

    def activations(self) -> None:
        """The condition that each node's text states is the one that the graph states."""
        for name, written in self.read.fired.items():
            self._same(name, written, self.conditions.fired_when[name], "fires as it is written")

    def scope(self, scope: str, known: Diagram, before: int) -> int:
        """Prove one scope, entered where `known` holds; what is recorded at its end."""
        self.entered[scope] = known
        region = self.regions[scope]
        after = before if region is None else self._region(region, scope, known, before)
        for name in self.members[scope]:
            bit = self.recorded.bit[name]
            fires = self.conditions.fired_when[name]
            if not self.seen & bit and self.conditions.diagrams.both(known, fires) is not False:
                raise Bug(f"{name} never runs, though it can fire")
            after |= bit
        return after

    def readable(self, exprs: Iterable[Expr], recorded: int, who: str) -> None:
        """Everything that expressions rest on is recorded, or of a node that never fires."""
        there = recorded & ~self.hidden | recorded >> 2 * self.lent
        missing = self.recorded.under(exprs) & ~there & ~self.never
        if missing:
            raise Bug(f"{who} reads {self.recorded.names(missing)} before it is recorded")

    def _region(self, region: Region, scope: str, path: Diagram, before: int) -> int:
        """What is recorded after it, where `path` leads to it and `before` is recorded."""
        match region:
            case Do(node):
                return self._do(node, scope, path, before)
            case Seq(parts) | Fused(parts):
                if isinstance(region, Fused):
                    self._fused(region)
                for part in parts:
                    before = self._region(part, scope, path, before)
                return before
            case Fork(parts):
                after = before
                for part in parts:
                    after |= self._region(part, scope, path, before)
                return after
            case Choose():
                return self._choose(region, scope, path, before)
            case Tell():
                return self._tell(region, path, before)
            case Await():
                return self._await(region, path, before)
            case Outline(body=body, gives=gives):
                after = self._region(body, scope, path, before)
                given = sum(self.recorded.bit[name] for name in gives)
                self.hidden |= after & ~before & ~given
                return after
        assert_never(region)

    def _tell(self, region: Tell, path: Diagram, before: int) -> int:
        future = region.future
        if future.name in self.told:
            raise Bug(f"future {future.name} is told twice")
        self.told[future.name] = path
        hidden = self._carried(future) & self.hidden
        missing = (self._handed(future) & ~before | hidden) & ~self.never
        if missing:
            raise Bug(f"future {future.name} tells of {self.recorded.names(missing)} too early")
        return before

    def _await(self, region: Await, path: Diagram, before: int) -> int:
        future = region.future
        if future.name in self.awaited:
            raise Bug(f"future {future.name} is awaited twice")
        if self._handed(future) & before:
            raise Bug(f"future {future.name} hands over what is there already")
        self.awaited[future.name] = path
        self.handing.append(future)
        carried = self._carried(future) << 2 * self.lent
        return before | self._handed(future) << self.lent | carried

    def futures(self) -> None:
        """Each future is told where it is awaited, and what does not wait for it needs nothing."""
        diagrams, fired = self.conditions.diagrams, self.conditions.fired_when
        top = self.regions[TOP]
        if top is not None and not acyclic(top):
            raise Bug("branches wait for each other")
        for name, path in self.awaited.items():
            if not diagrams.implies(path, self.told.get(name, False)):
                raise Bug(f"future {name} is awaited where nobody tells it")
        for future in futures_in(top):
            if future.name not in self.awaited:
                raise Bug(f"nobody awaits future {future.name}")
            passed = diagrams.negated(self.awaited[future.name])
            came = [fired[name] for name in sorted({future.source, *future.carries})]
            missed = diagrams.both(passed, self.conditions.any_of(came))
            for name, path in self.relies[future.name].items():
                if diagrams.both(missed, path) is not False:
                    raise Bug(f"{name} runs without waiting for future {future.name}")

    def _handed(self, future: Future) -> int:
        """The nodes that a future tells of."""
        return self._carried(future) | self.recorded.bit[future.source]

    def _carried(self, future: Future) -> int:
        """Those whose outcome it hands over."""
        return sum(self.recorded.bit[name] for name in future.carries)

    def _rely(self, name: str, needed: int, path: Diagram, before: int) -> None:
        """Note which futures alone say of what a node needs that it is there."""
        lent = needed & before >> self.lent & ~before
        for future in self.handing if lent else ():
            if self._handed(future) & lent:
                self.relies[future.name][name] = path

    def _fused(self, region: Fused) -> None:
        """One call may make these: as a whole it may be repeated up to its last step."""
        *before, last = (self.program.flow.nodes[name] for name in region.nodes)
        for node in before:
            op = node.op
            if not isinstance(op, Invoke) or not (op.idempotent or op.repeatable):
                raise Bug(f"{node.id} may not be repeated, and {last.id} is fused with it")
        domains = {
            (node.op.group, node.op.credential) if isinstance(node.op, Invoke) else None
            for node in (*before, last)
        }
        if len(domains) > 1 or None in domains:
            raise Bug(f"{last.id} is fused with steps that must be kept apart from it")

    def _choose(self, region: Choose, scope: str, path: Diagram, before: int) -> int:
        diagrams = self.conditions.diagrams
        rest, after = path, before
        for position, arm in enumerate(region.arms):
            when = self.read.diagram(arm.when)
            self.readable([arm.when], before, "a guard")
            last = region.covers and position == len(region.arms) - 1
            taken = rest if last else diagrams.both(rest, when)
            # Where this arm runs, those before it did not: that is known of them.
            after = self._region(arm.body, scope, taken, after)
            rest = diagrams.both(rest, diagrams.negated(when))
        if region.covers and rest is not False:
            raise Bug(f"a choice in {scope or 'the graph'} is said to cover what it does not")
        return after

    def _do(self, name: str, scope: str, path: Diagram, before: int) -> int:
        node = self.program.flow.nodes[name]
        bit = self.recorded.bit.get(name)
        if bit is None or node.scope != scope:
            raise Bug(f"{name} runs in {scope or 'the graph'}, where it has no place")
        if self.seen & bit:
            raise Bug(f"{name} runs twice")
        self.seen |= bit
        self._same(name, path, self.conditions.fired_when[name], "runs", self.entered[scope])
        missing = self.needed.of(name) & ~(before | before >> self.lent) & ~self.never
        if missing:
            raise Bug(f"{name} runs before {self.recorded.names(missing)}, on which it depends")
        self._reads(name, path, before)
        if name in self.regions:
            self._body(name, path, before)
        return before | bit

    def _reads(self, name: str, path: Diagram, before: int) -> None:
        op, value = self.program.effects.get(name), self.program.records.get(name)
        exprs = [*(expressions(op) if op else ()), *([value] if value else ())]
        self.readable(exprs, before, name)
        needed = self.needed.of(name) | self.recorded.under([*exprs, symbol("a", name)])
        self._rely(name, needed, path, before)

    def _body(self, loop: str, path: Diagram, before: int) -> None:
        inside = before | self.recorded.iteration(loop)
        rounds = self.program.rounds.get(loop)
        if rounds is not None:
            self.readable([rounds.enter], before, f"the first round of {loop}")
        ended = self.scope(loop, path, inside)
        told = [rounds.again, rounds.following, rounds.left] if rounds is not None else []
        if loop in self.program.returned:
            told.append(self.program.returned[loop])
        self.readable(told, ended, f"the end of an iteration of {loop}")

    def _same(
        self, name: str, got: Diagram, want: Diagram, verb: str, care: Diagram = True
    ) -> None:
        diagrams = self.conditions.diagrams
        got, want = diagrams.both(got, care), diagrams.both(want, care)
        if got is want:
            return
        extra = diagrams.both(got, diagrams.negated(want))
        lacking = diagrams.both(want, diagrams.negated(got))
        if extra is not False:
            raise Bug(f"{name} {verb} where it should not: {self._example(extra)}")
        raise Bug(f"{name} does not run where it should: {self._example(lacking)}")

    def _example(self, where: Diagram) -> str:
        """One way to come to where a condition holds."""
        told = []
        while not isinstance(where, bool):
            domain = self.conditions.diagrams.domains[where.variable]
            name = self.conditions.diagrams.names[where.variable]
            assert isinstance(name, tuple)
            position = next(k for k, child in enumerate(where.children) if child is not False)
            told.append(f"{' '.join(filter(None, map(str, name)))} is {domain[position]}")
            where = where.children[position]
        return ", ".join(told) or "always"
