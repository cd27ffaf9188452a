"""Which regions run as Express machines of their own (design §6.10): least cost, bottom up.

An Express region is one transition of the run, whatever is in it. It runs at most once as a unit:
the task that starts it is not tried again, but the steps in it are, as everywhere. A region that
fails loses its progress: a redrive starts it again from its first step, each step with the
idempotency key it had. So `balanced` takes a step that may not be repeated only where nothing that
can fail comes after it or beside it in the region: then the region never fails once that step is
done. May be repeated: what is idempotent, and what changes nothing outside (`Invoke.repeatable`).
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from weft.compiler.cost.prices import Prices
from weft.compiler.lower.program import Program
from weft.compiler.options import Policy
from weft.compiler.schedule.crossing import Crossing
from weft.compiler.schedule.load import BESIDE, NOTHING, Load, growing
from weft.compiler.schedule.loads import (
    ITEM_KIB,
    ITEMS,
    TRIGGER_KIB,
    kib_of,
    repeated,
    time_of,
)  # fmt: skip
from weft.compiler.schedule.reads import Reads
from weft.compiler.schedule.regions import (
    Choose,
    Do,
    Fork,
    Fused,
    Outline,
    Region,
    Seq,
    outlines,
    stated_in,
)
from weft.compiler.schedule.tree import Await, Tell
from weft.ir.flow import TOP, OnError
from weft.ir.ops import ForEach, Invoke, Require, Sleep

_SLEEP: Final = 60  # seconds; waiting is free outside
# Input and output together: the call's answer holds both, as JSON in JSON (AWS: 256 KiB).
_KIB: Final = 200
_PARTS: Final = 150  # of a sequence that are looked at together
_STATE_SECONDS, _ROUNDING = 0.03, 0.1  # Express: overhead of a state, billed in steps of


@dataclass(frozen=True, slots=True)
class _Best:
    cost: float
    region: Region


@dataclass(frozen=True, slots=True)
class _Run:
    """Parts of a sequence from `start` on. `apart`: what they cost inline; `high`: seconds."""

    start: int
    apart: float
    cost: float = 0.0  # as a machine of its own
    high: float = 0.0


def obstacle(program: Program, node: str) -> str | None:
    """Why a node cannot be part of an Express region; None where nothing stands in the way."""
    op = program.flow.nodes[node].op
    match op:
        case Invoke(callback=True):
            return "it waits for an answer"
        case Sleep() if time_of(program.flow.nodes[node]).mean > _SLEEP:
            return f"it may wait for longer than {_SLEEP} seconds"
        case Invoke() | Sleep() | ForEach() | Require():
            return None
        case _:
            return "its kind is not known to run in an Express machine"


def once(program: Program, node: str) -> bool:
    """Whether the node's call may not be repeated."""
    op = program.flow.nodes[node].op
    return isinstance(op, Invoke) and not (op.idempotent or op.repeatable)


@dataclass(slots=True)
class _Tiers:
    """Chooses for one program."""

    program: Program
    regions: Mapping[str, Region | None]
    policy: Policy
    prices: Prices
    reads: Reads
    bodies: dict[str, _Best]
    loads: dict[int, Load | None]
    total: "Counter[str]"  # reads of the scope in hand

    def scope(self, scope: str, ends: frozenset[str]) -> _Best | None:
        """The best form of a scope; those of the loops in it first."""
        region = self.regions.get(scope)
        if region is None:
            return None
        nodes = self.program.flow.nodes
        for name in stated_in(region):
            if name in self.program.rounds and nodes[name].on_error is not OnError.FAIL:
                continue  # its body's errors are caught as they are, not as a child tells them
            if name in self.regions and name not in self.bodies:
                body = self.scope(name, self.reads.ends(name))
                if body is not None:
                    self.bodies[name] = body
        self.total = Counter(ends)
        for read in self.reads.items(region):
            self.total.update(read)
        # The arms of a race stay apart: each ends in its own way.
        return self.inline(region) if self.program.is_race(scope) else self.best(region)

    def best(self, region: Region) -> _Best:
        inline = self.inline(region)
        load = self.load(region)
        return self.cheaper(inline, region, load) if load is not None else inline

    def cheaper(self, inline: _Best, region: Region, load: Load) -> _Best:
        cost = self.express(load.states, load.time.mean)
        gives = self.fits(load)
        if gives is None or cost >= inline.cost:
            return inline
        return self.outline(cost, inline.cost, region, load.time.high, gives)

    def outline(
        self, cost: float, inline: float, region: Region, high: float, gives: frozenset[str]
    ) -> _Best:
        """The region as a machine of its own; `inline`: its cost where it is none."""
        saved = inline / self.prices.standard_transition - 1
        why = f"saves {saved:.1f} transitions; 99.9 % take less than {high:.0f} s"
        return _Best(cost, Outline("", region, "EXPRESS", gives, why))

    def inline(self, region: Region) -> _Best:
        price = self.prices.standard_transition
        match region:
            case Do(node=node):
                body = self.bodies.get(node)
                return _Best(price + (ITEMS * body.cost if body else 0), region)
            case Fused():
                return _Best(price, region)
            case Seq(parts=parts):
                return self.sequence(parts)
            case Choose(arms=arms, covers=covers):
                made = [self.best(arm.body) for arm in arms]
                ways = len(arms) + (not covers)
                built = tuple(replace(a, body=b.region) for a, b in zip(arms, made, strict=True))
                return _Best(price + sum(b.cost for b in made) / ways, Choose(built, covers))
            case Fork(parts=parts):
                made = [self.best(part) for part in parts]
                return _Best(price + sum(b.cost for b in made), Fork(tuple(b.region for b in made)))
            case Tell() | Await():
                return _Best(price, region)
            case Outline():
                raise AssertionError("regions are outlined once")

    def sequence(self, parts: tuple[Region, ...]) -> _Best:
        """The cheapest way to cut a sequence into parts and runs of parts."""
        single = [self.best(part) for part in parts]
        loads = [self.load(part) for part in parts]
        crossing = Crossing(self.kib, self.total)
        costs = [0.0]  # of the best way up to each place
        chosen: list[_Run] = []  # the last run of that way
        for end, one in enumerate(single, 1):
            best, apart = _Run(end - 1, one.cost), 0.0
            cost = costs[end - 1] + one.cost
            crossing.add(loads[end - 1], end - _PARTS)
            runs = growing(loads, end, max(0, end - _PARTS))
            for (begin, states, mean, high), kib in zip(runs, crossing.borders(), strict=False):
                apart += single[begin].cost
                if begin == end - 1 or TRIGGER_KIB + kib > _KIB:
                    continue
                outside = self.express(states, mean)
                if outside < apart and costs[begin] + outside < cost:
                    cost, best = costs[begin] + outside, _Run(begin, apart, outside, high)
            costs.append(cost)
            chosen.append(best)
        kept: list[Region] = []
        end = len(parts)
        while end:
            run_ = chosen[end - 1]
            if run_.start == end - 1:
                kept.append(single[run_.start].region)
            else:
                gives = self.gives([load for load in loads[run_.start : end] if load])
                whole = Seq(parts[run_.start : end])
                kept.append(self.outline(run_.cost, run_.apart, whole, run_.high, gives).region)
            end = run_.start
        kept.reverse()
        return _Best(costs[-1], kept[0] if len(kept) == 1 else Seq(tuple(kept)))

    def gives(self, loads: Sequence[Load]) -> frozenset[str]:
        """The nodes whose outcomes leave a run of parts."""
        reads: Counter[str] = Counter()
        for load in loads:
            reads.update(load.reads)
        own = (fact for load in loads for fact in load.own)
        return frozenset(fact[2:] for fact in own if self.total[fact] > reads[fact])

    def express(self, states: float, mean: float) -> float:
        """What a region of so many states costs as a machine of its own."""
        seconds = mean + _STATE_SECONDS * states
        billed = math.ceil(seconds / _ROUNDING) * _ROUNDING
        prices = self.prices
        return (
            prices.standard_transition
            + prices.express_request
            + billed * prices.express_memory_gb * prices.express_gb_second
        )

    def fits(self, load: Load) -> frozenset[str] | None:
        """The nodes whose outcomes leave the region; None where it is too much of anything."""
        if not load.bounded:
            return None
        out = {fact for fact in load.own if self.total[fact] > load.reads[fact]}
        border = out | (set(load.reads) - load.own)
        if TRIGGER_KIB + sum(self.kib(fact) for fact in border) > _KIB:
            return None
        return frozenset(fact[2:] for fact in out)

    def kib(self, fact: str) -> int:
        return ITEM_KIB if fact[0] == "i" else kib_of(self.program.flow.nodes[fact[2:]])

    def load(self, region: Region) -> Load | None:
        """The region as one machine; None where something in it forbids that."""
        key = id(region)
        if key not in self.loads:
            self.loads[key] = self._load(region)
        return self.loads[key]

    def _load(self, region: Region) -> Load | None:
        match region:
            case Do(node=node):
                return self._node(node)
            case Choose(arms=arms, covers=covers):
                found = [self.load(arm.body) for arm in arms]
                whole = NOTHING
                for load in found:
                    if load is None:
                        return None
                    whole = whole.with_(load, whole.time.beside(load.time))
                under = self.reads.facts.under
                whens = Counter(frozenset[str]().union(*(under(arm.when) for arm in arms)))
                states = 1 + whole.states / (len(arms) + (not covers))
                return replace(whole, states=states, reads=whole.reads + whens)
            case Fork(parts=parts):
                return self._joined(parts, BESIDE, Load.beside)
            case Seq(parts=parts):
                return self._joined(parts, NOTHING, Load.then)
            case Fused(parts=parts):
                calls = self._joined(parts, NOTHING, Load.then)
                return None if calls is None else replace(calls, states=1)
            case Tell() | Await():
                return None  # a token is waited for, which an Express machine cannot
            case Outline():
                raise AssertionError("regions are outlined once")

    def _joined(
        self,
        parts: Iterable[Region],
        start: Load,
        join: Callable[[Load, Load], Load | None],
    ) -> Load | None:
        whole: Load | None = start
        for part in parts:
            load = self.load(part)
            if load is None or whole is None:
                return None
            whole = join(whole, load)
            if whole is not None and not whole.bounded:
                return None  # and so is all that it is a part of
        return whole

    def _node(self, name: str) -> Load | None:
        if obstacle(self.program, name) is not None:
            return None
        node = self.program.flow.nodes[name]
        own, reads = frozenset({f"n:{name}"}), Counter(self.reads.of(name))
        body = self.regions.get(name)
        if not isinstance(node.op, ForEach) or body is None:
            single = self.policy is Policy.BALANCED and once(self.program, name)
            calls = isinstance(node.op, Invoke)
            return Load(1, time_of(node), 1, reads, own, calls, single)
        inner = self.load(body)
        if inner is None or inner.once:  # other items could fail after it
            return None
        time = repeated(inner.time, node.op)
        states, nodes = 1 + ITEMS * inner.states, 1 + inner.nodes
        return Load(states, time, nodes, reads, own, inner.calls)


def outline_express(
    program: Program,
    regions: Mapping[str, Region | None],
    output: frozenset[str],
    policy: Policy,
    prices: Prices,
) -> dict[str, Region | None]:
    """The same regions with some outlined. `output`: facts that the run's output reads."""
    if policy is Policy.DURABLE:
        return dict(regions)
    tiers = _Tiers(
        program, regions, policy, prices, Reads(program, regions), {}, {}, Counter()
    )  # fmt: skip
    best = tiers.scope(TOP, output)
    made = dict(regions)
    count = 0

    def named(region: Region) -> Region:
        nonlocal count
        match region:
            case Outline():
                count += 1
                return replace(region, name=f"express-{count}")
            case Fused():
                return region
            case Do(node=node):
                if node in tiers.bodies:
                    made[node] = named(tiers.bodies[node].region)
                return region
            case Choose(arms=arms, covers=covers):
                return Choose(tuple(replace(arm, body=named(arm.body)) for arm in arms), covers)
            case Seq(parts=parts):
                return Seq(tuple(named(part) for part in parts))
            case Fork(parts=parts):
                return Fork(tuple(named(part) for part in parts))
            case Tell() | Await():
                return region

    if best is not None:
        made[TOP] = named(best.region)
    return made


def tiers_of(
    program: Program, regions: Mapping[str, Region | None], policy: Policy
) -> dict[str, object]:
    """For the manifest: the regions outlined and why, and what kept nodes out of Express ones."""
    outlined: dict[str, Outline] = {}
    for region in regions.values():
        for found in outlines(region) if region is not None else ():
            outlined[found.name] = found
    inline: dict[str, str] = {}
    for node in sorted(program.stated) if policy is not Policy.DURABLE else ():
        if (why := obstacle(program, node)) is not None:
            inline[node] = why
        elif policy is Policy.BALANCED and once(program, node):
            inline[node] = "it may not be repeated, so nothing that can fail may follow it"
    return {
        "tiers": {
            name: {"type": found.type, "nodes": stated_in(found), "why": found.why}
            for name, found in outlined.items()
        },
        "inline": inline,
    }
