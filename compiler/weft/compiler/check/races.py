"""Races: the arms between the fork and the merge, and that nothing else leads in or out."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from weft.compiler.check.draft import Draft
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic
from weft.expressions.ast import RefKind
from weft.expressions.references import references
from weft.ir.flow import TOP, FlowEdge
from weft.ir.ops import Race
from weft.ir.walk import expressions

_CODE = "W2018"


def check_races(draft: Draft) -> Iterator[Diagnostic]:
    """Make the arms of each race a scope, inner races first, and give the race its fork's edges."""
    races = [n for n, item in draft.nodes.items() if _is_race(draft, n) and n in draft.reachable]
    depth = {name: len(_Region(draft, name).before(name)) for name in races}
    for name in sorted(races, key=lambda name: (depth[name], name)):
        yield from _race(draft, name)


def check_race_reads(draft: Draft) -> Iterator[Diagnostic]:
    """Only the winner's value leaves a race, and no arm sees another."""
    for reader, item in draft.nodes.items():
        if item.op is None or reader not in draft.reachable:
            continue
        found = {ref for expr in expressions(item.op) for ref in references(expr)}
        names = sorted(ref.name for ref in found if ref.kind is RefKind.NODE)
        for name in names:
            race = _hidden(draft, reader, name) if name in draft.nodes else None
            if race is not None:
                message = f"{reader} reads {name}, which may have lost the race to {race}"
                hint = f"read {race}.output, what the winner gave, behind {race}"
                yield diagnose(_CODE, message, node=reader, hint=hint)


def _hidden(draft: Draft, reader: str, name: str) -> str | None:
    """The race that keeps a node from being read."""
    around = draft.ancestors(reader)
    if name in around and _is_race(draft, name):
        return name
    inside = [name, *draft.ancestors(name)]
    for inner, race in pairwise(inside):
        op = draft.nodes[race].op if race in draft.nodes else None
        if not isinstance(op, Race):
            continue
        here = draft.lifted(reader, race) if race in around else None
        if here is None or op.arms.get(here) != op.arms.get(inner):
            return race
    return None


def _is_race(draft: Draft, name: str) -> bool:
    return name in draft.nodes and isinstance(draft.nodes[name].op, Race)


@dataclass(slots=True)
class _Region:
    """The scope of a race, loops and inner races in it taken as one node each."""

    draft: Draft
    race: str

    @property
    def scope(self) -> str:
        return self.draft.scope.get(self.race, TOP)

    def lifted(self, node: str) -> str:
        """The node of the scope that holds a node; the node itself where it is outside."""
        return self.draft.lifted(node, self.scope) or node

    def edges(self) -> Iterator[tuple[str, str, FlowEdge]]:
        """The edges of reachable nodes, with what holds their ends in the scope."""
        for edge in self.draft.edges:
            if edge.source in self.draft.reachable:
                yield self.lifted(edge.source), self.lifted(edge.target), edge

    def before(self, *nodes: str) -> set[str]:
        """The nodes themselves and all of the scope that lead to them."""
        into = defaultdict(set)
        for source, target, _ in self.edges():
            if source != target and self.draft.scope.get(source, TOP) == self.scope:
                into[target].add(source)
        found, stack = set(nodes), list(nodes)
        while stack:
            for source in into[stack.pop()] - found:
                found.add(source)
                stack.append(source)
        return found


def _race(draft: Draft, name: str) -> Iterator[Diagnostic]:
    op = draft.nodes[name].op
    assert isinstance(op, Race)
    region = _Region(draft, name)
    arriving = [e for s, t, e in region.edges() if t == name and e.target_port == op.back_port]
    ends = list(dict.fromkeys(edge.source for edge in arriving))
    deep = [end for end in ends if draft.scope.get(end, TOP) != region.scope]
    if deep:
        yield _wrong(name, f"{deep[0]} is in another loop or race than {name}")
        return
    lines = [region.before(end) for end in ends]
    shared = set.intersection(*lines) if lines else set()
    if len(ends) < 2:
        yield _wrong(name, f"{name} needs two arms, it has {len(ends)}")
        return
    empty = [end for end in ends if end in shared]
    if empty:
        yield _wrong(name, f"{empty[0]} leads to {name} on every way")
        return
    found = _arms([line - shared for line in lines])
    if len(set(found.values())) < 2:
        yield _wrong(name, f"the ways to {name} are not apart from each other")
        return
    yield from _enclose(draft, region, name, found)


def _arms(lines: list[set[str]]) -> dict[str, int]:
    """Ways that share a node are one arm."""
    arms: list[set[str]] = []
    for line in lines:
        touching = [arm for arm in arms if arm & line]
        arms = [arm for arm in arms if not arm & line]
        arms.append(line.union(*touching))
    first = {id(arm): min(k for k, line in enumerate(lines) if line & arm) for arm in arms}
    arms.sort(key=lambda arm: first[id(arm)])
    return {node: number for number, arm in enumerate(arms) for node in arm}


def _enclose(
    draft: Draft, region: _Region, name: str, arms: dict[str, int]
) -> Iterator[Diagnostic]:
    forks: dict[tuple[str, str], None] = {}
    for source, target, edge in region.edges():
        if target in arms and source not in arms:
            forks[edge.source, edge.source_port] = None
        elif source in arms and target not in arms and target != name:
            yield _wrong(name, f"{edge.source} → {edge.target} leads out of the race")
            return
    entries = {source for source, _ in forks}
    if len(entries) != 1:
        told = ", ".join(sorted(map(draft.shown, entries))) or "no node"
        yield _wrong(name, f"the race must start at one node; it starts at {told}")
        return
    for node in arms:
        draft.scope[node] = name
    op = Race(arms)
    draft.nodes[name].op = op
    draft.edges += [FlowEdge(node, port, name, op.start_port) for node, port in forks]


def _wrong(name: str, message: str) -> Diagnostic:
    hint = f"fork once, keep each arm to itself, and lead it to {name} and nowhere else"
    return diagnose(_CODE, message, node=name, hint=hint)
