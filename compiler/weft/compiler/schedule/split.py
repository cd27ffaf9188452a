"""Cut a machine that is too large into Standard children (design §6.13).

A sequence is cut into runs of parts, near where each has its share and as little as possible is
read across; parallel parts are put together; arms become machines of their own. A single part that
is too large is cut itself first. Loops are cut in their bodies.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from weft.compiler.lower.program import Program
from weft.compiler.options import Limits
from weft.compiler.schedule.loads import MANY_ITEMS
from weft.compiler.schedule.reads import Reads
from weft.compiler.schedule.regions import (
    Choose,
    Do,
    Fork,
    Fused,
    Outline,
    Region,
    Seq,
    durable,
    marks_in,
    stated_in,
)
from weft.compiler.schedule.tree import Await, Tell
from weft.ir.flow import TOP, OnError

# Events of one state in the history of a Standard execution (design §1, planning numbers).
_TASK, _CHOICE, _FORK, _LOOP, _ITEM = 6, 2, 4, 4, 2
_STARTS: Final = 2_000  # characters of the task that starts a child
_WINDOW: Final = 0.7  # a run of parts may end where it has this much of its share


def events_of(region: Region, regions: Mapping[str, Region | None]) -> int:
    """Events of one run in the machine's own history, when everything runs and loops are long."""
    match region:
        case Do(node=node):
            body = regions.get(node)
            if body is None:
                return _TASK
            return _LOOP + MANY_ITEMS * (_ITEM + events_of(body, regions))
        case Outline() | Fused():
            return _TASK
        case Tell() | Await():
            return 3 * _TASK
        case Choose(arms=arms):
            choice = _LOOP + _ITEM if len(arms) == 1 else _CHOICE  # it may become a Map
            return choice + max(events_of(arm.body, regions) for arm in arms)
        case Seq(parts=parts):
            return sum(events_of(part, regions) for part in parts)
        case Fork(parts=parts):
            return _FORK + sum(events_of(part, regions) for part in parts)


@dataclass(slots=True)
class Splitter:
    """Cuts one program's regions. `sizes`: characters of a node's states; share: of the limits."""

    program: Program
    regions: Mapping[str, Region | None]
    sizes: Mapping[str, int]
    limits: Limits
    share: float = 1.0
    made: dict[str, Region | None] = field(default_factory=dict)
    count: int = 0

    def split(self, output: frozenset[str]) -> dict[str, Region | None]:
        """The same regions, cut. `output`: facts that the run's output reads."""
        self.made = dict(self.regions)
        self._scope(TOP, output, Reads(self.program, self.regions))
        return self.made

    def _scope(self, scope: str, ends: frozenset[str], reads: Reads) -> None:
        region = self.regions[scope]
        if region is None:
            return
        nodes = self.program.flow.nodes
        for node in durable(region):
            if node in self.program.rounds and nodes[node].on_error is not OnError.FAIL:
                continue  # its body's errors are caught as they are, not as a child tells them
            if node in self.regions:
                self._scope(node, reads.ends(node), reads)
        if self.weight(region) <= 1:
            return
        total = Counter(ends)
        for read in reads.items(region):
            total.update(read)
        cut = _Cut(self, reads, total)
        if self.program.is_race(scope) and isinstance(region, Fork):  # the arms stay apart
            self.made[scope] = Fork(tuple(cut.smaller(part) for part in region.parts))
        else:
            self.made[scope] = cut.smaller(region)

    def weight(self, region: Region) -> float:
        """As a part of what one machine may have."""
        size = self.size(region) / self.limits.definition
        return max(size, events_of(region, self.made) / self.limits.events) / self.share

    def size(self, region: Region) -> int:
        """Characters of a region in its machine."""
        match region:
            case Do(node=node):
                body = self.made.get(node)
                return self.sizes.get(node, 0) + (self.size(body) if body is not None else 0)
            case Outline():
                return _STARTS
            case Tell() | Await():
                return 2 * _STARTS
            case Choose(arms=arms):
                return sum(self.size(arm.body) for arm in arms)
            case _:
                return sum(self.size(part) for part in region.parts)


@dataclass(slots=True)
class _Cut:
    """Cuts one scope; `total` counts who reads each fact in it."""

    by: Splitter
    reads: Reads
    total: "Counter[str]"

    def smaller(self, region: Region) -> Region:
        """The region, or its form in less than one machine where it is too large for one."""
        if self.by.weight(region) <= 1:
            return region
        match region:
            case Seq(parts=parts):
                kept = self.runs([self.smaller(part) for part in parts], Seq)
                return kept[0] if len(kept) == 1 else Seq(tuple(kept))
            case Fork(parts=parts):
                return Fork(tuple(self.runs([self.smaller(part) for part in parts], Fork)))
            case Choose(arms=arms, covers=covers):
                made = (replace(arm, body=self.apart(self.smaller(arm.body))) for arm in arms)
                return Choose(tuple(made), covers)
            case _:
                return region

    def runs(self, parts: Sequence[Region], whole: type[Seq] | type[Fork]) -> list[Region]:
        """Consecutive parts put together, each run a machine of its own."""
        weights = [self.by.weight(part) for part in parts]
        total = sum(weights)
        if total <= 1:  # cutting inside a part was enough
            return list(parts)
        share = total / (int(total * 1.15) + 1)
        found: list[Region] = []
        start = 0
        while start < len(parts):
            end = self.end(parts, weights, start, share)
            run = parts[start:end]
            found.append(self.apart(run[0] if len(run) == 1 else whole(tuple(run))))
            start = end
        return found

    def end(
        self, parts: Sequence[Region], weights: Sequence[float], start: int, share: float
    ) -> int:
        """Where the run that begins at `start` ends: late, and where little is read across."""
        taken, best, least = 0.0, start + 1, -1
        seen: Counter[str] = Counter()
        own: set[str] = set()
        for place in range(start, len(parts)):
            taken += weights[place]
            if taken > share and place > start:
                break
            for read in self.reads.items(parts[place]):
                seen.update(read)
            own |= {f"n:{node}" for node in stated_in(parts[place])}
            crossing = sum(self.total[fact] > seen[fact] for fact in own)
            if taken >= share * _WINDOW and (least < 0 or crossing <= least):
                best, least = place + 1, crossing
            elif least < 0:
                best = place + 1
        return best

    def apart(self, region: Region) -> Region:
        """The region as a machine of its own, where that makes the one around it smaller."""
        if isinstance(region, Outline) or self.by.size(region) <= _STARTS:
            return region
        if any(marks_in(region)):  # what it waits for is told in the machine around it
            return region
        seen: Counter[str] = Counter()
        for read in self.reads.items(region):
            seen.update(read)
        own = stated_in(region)
        gives = frozenset(n for n in own if self.total[f"n:{n}"] > seen[f"n:{n}"])
        self.by.count += 1
        return Outline(
            f"part-{self.by.count}", region, "STANDARD", gives, "the whole is too large for one"
        )
