"""Ways drawn back to an earlier node: each such loop becomes a scope, with a node of its own.

A loop is a strongly connected part of the drawing that is entered at one node, its header
(a natural loop). Inner loops are found by leaving out the edges back to the header. What hangs on
the loop by an edge that may be live in a round that is followed by another belongs to the body too;
the other edges are the ways out, and carry what they carry in the last round.
"""

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from weft.compiler.check.components import cycles
from weft.compiler.check.draft import Draft, LoopDraft
from weft.compiler.check.loops import back_edge
from weft.compiler.check.round_conditions import RoundConditions
from weft.compiler.diagnostics import diagnose, errors
from weft.domain.errors import Diagnostic
from weft.ir.flow import TOP, FlowEdge, loop_id
from weft.ir.ops import ERROR_PORT, Decide, ForEach


def check_natural_loops(draft: Draft) -> Iterator[Diagnostic]:
    """Fill `draft.loops`, put their bodies into scopes, and lead edges to the loops' nodes."""
    if any(problem.code == "W2011" for problem in draft.problems):
        return  # what is in which scope is not clear
    scopes = [TOP, *(n for n, item in draft.nodes.items() if isinstance(item.op, ForEach))]
    for scope in scopes:
        units = [
            node.id
            for node in draft.doc.nodes
            if node.id in draft.reachable and draft.scope.get(node.id, TOP) == scope
        ]
        yield from _Finder(draft, scope).find(list(dict.fromkeys(units)), frozenset())
    yield from _without_return(draft)


def _without_return(draft: Draft) -> Iterator[Diagnostic]:
    """A node made to head a loop does."""
    headers = {loop.header for loop in draft.loops.values()}
    for name, item in draft.nodes.items():
        if item.heads and name in draft.reachable and name not in headers:
            yield diagnose(
                "W2015",
                f"nothing of what {name} starts leads back to it",
                node=name,
                port="back",
                hint=f"connect the body's last node to {name}.back",
            )


@dataclass(slots=True)
class _Finder:
    """Finds the loops of one scope outside natural loops."""

    draft: Draft
    scope: str
    broken: bool = False  # a cycle is left that is no loop

    def unit(self, node: str) -> str | None:
        """The node, or the outermost loop around it, in this scope; None: outside of it."""
        return self.draft.lifted(node, self.scope)

    def drawn(self, edge: FlowEdge) -> tuple[str, str] | None:
        """The ends of an edge as units; None for one that is inside a unit or leaves the scope."""
        source, target = self.unit(edge.source), self.unit(edge.target)
        if source is None or target is None:
            return None
        inside = (edge.source, edge.target) != (source, target)
        if source == target and (inside or back_edge(self.draft, edge)):
            return None
        return source, target

    def find(self, units: list[str], headers: frozenset[str]) -> Iterator[Diagnostic]:
        """The loops among these units, where edges to `headers` are left out."""
        after: dict[str, dict[str, None]] = defaultdict(dict)
        known = set(units)
        for edge in self.draft.edges:
            ends = self.drawn(edge)
            if ends and set(ends) <= known and ends[1] not in headers:
                after[ends[0]][ends[1]] = None
        for component in cycles(units, after):  # a loop after those that it leads to
            inside = set(component)
            entries = self._entries(inside)
            header = next(iter(entries), component[0])
            problems = list(self._no_loop(entries, inside))
            if not problems:
                problems = list(self.find(component, headers | {header}))
            if not self.broken and not errors(problems):
                problems += self._make(header, component, headers)
            self.broken = self.broken or bool(errors(problems))
            yield from problems

    def _no_loop(self, entries: dict[str, FlowEdge], inside: set[str]) -> Iterator[Diagnostic]:
        """What keeps a cycle from being a loop with one header."""
        if not entries:  # tokens come in only within the body of a for-each in it
            shown = next(iter(sorted(inside)))
            yield diagnose("W2010", f"nothing outside leads to {shown}, which repeats", node=shown)
            return
        header = next(iter(entries))
        failing = [edge for edge in self.draft.edges if self._is_error_of(edge, header)]
        if len(entries) > 1:
            yield _irreducible(*list(entries.values())[:2])
        elif any(self.unit(edge.target) in inside for edge in failing):
            yield diagnose(
                "W2010",
                f"an error of {header} leads back into {header}",
                node=header,
                port=ERROR_PORT,
                hint="lead it on, or back to a loop further out",
            )

    def _entries(self, inside: set[str]) -> dict[str, FlowEdge]:
        """The nodes at which tokens come in from outside, with an edge that shows it."""
        found: dict[str, FlowEdge] = {}
        for edge in self.draft.edges:
            if edge.source not in self.draft.reachable or edge.target not in inside:
                continue
            if self.unit(edge.source) not in inside:
                found.setdefault(edge.target, edge)
        return found

    def _make(
        self, header: str, component: Iterable[str], headers: frozenset[str]
    ) -> Iterator[Diagnostic]:
        """One loop; those inside it are made."""
        draft = self.draft
        inside = {unit for node in component if (unit := self.unit(node)) is not None}
        rounds = RoundConditions(draft, header, self.unit)
        yield from self._wrong_returns(header, inside)
        leaving = yield from self._grow(header, inside, headers, rounds)
        yield from self._leaks(header, inside, leaving, headers)
        loop, item = loop_id(header), draft.nodes[header]
        exits = {f"{e.source}.{e.source_port}": (e.source, e.source_port) for e in leaving}
        exits = dict(sorted(exits.items()))
        bound = item.op.rounds if isinstance(item.op, Decide) else None
        most = bound or draft.doc.settings.max_iterations
        outcomes, endless = rounds.ends(inside, exits)
        draft.loops[loop] = LoopDraft(header, most, exits, outcomes)
        self._enclose(loop, header, inside, leaving)
        yield diagnose("W2016", f"{header} repeats at most {most} times", node=header)
        if endless:
            yield diagnose(
                "W2017",
                f"only an error ends what {header} repeats",
                node=header,
                hint="lead one way of a decision out of it",
            )

    def _wrong_returns(self, header: str, inside: set[str]) -> Iterator[Diagnostic]:
        """Out of a for-each in the body, no node leads back by itself."""
        for edge in self.draft.edges:
            unit = self.unit(edge.source)
            if edge.target == header and unit in inside and unit not in (edge.source, header):
                yield diagnose(
                    "W2011",
                    f"{_drawn(self.draft, edge)} goes back for each item of {unit}",
                    node=edge.source,
                    port=edge.source_port,
                )

    def _grow(
        self, header: str, inside: set[str], headers: frozenset[str], rounds: RoundConditions
    ) -> Generator[Diagnostic, None, list[FlowEdge]]:
        """Take in what may run in a round that is not the last; gives the edges that leave."""
        while True:
            leaving = [
                edge
                for edge in self.draft.edges
                if self.unit(edge.source) in inside
                and self.unit(edge.target) not in inside
                and edge.source in self.draft.reachable
                and not self._is_error_of(edge, header)
            ]
            staying = rounds.not_last(inside, leaving)
            if not staying:
                return leaving
            for edge in staying:
                target = self.unit(edge.target)
                if target is None or target != edge.target or target in headers:
                    yield diagnose(
                        "W2011",
                        f"{_drawn(self.draft, edge)} goes out of the loop of {header} "
                        "in rounds that are not its last",
                        node=edge.target if edge.target in self.draft.nodes else header,
                        hint="let a decision choose between going round and going on",
                    )
                    return [e for e in leaving if e not in staying]
                inside.add(target)

    def _is_error_of(self, edge: FlowEdge, header: str) -> bool:
        """Whether the edge is taken when a loop fails, whose header is there to say so."""
        heads = self.draft.nodes[header].heads
        return heads and edge.source == header and edge.source_port == ERROR_PORT

    def _leaks(
        self,
        header: str,
        inside: set[str],
        leaving: Iterable[FlowEdge],
        headers: frozenset[str],
    ) -> Iterator[Diagnostic]:
        """What also runs after the loop would have to run both once and in each round."""
        after: dict[str, set[str]] = defaultdict(set)
        for edge in self.draft.edges:
            ends = self.drawn(edge)
            if ends and ends[0] not in inside and ends[0] not in headers:
                after[ends[0]].add(ends[1])
        stack = [unit for edge in leaving if (unit := self.unit(edge.target)) is not None]
        seen = set(stack)
        while stack:
            for target in after[stack.pop()] - seen:
                seen.add(target)
                if target in inside:
                    shown = self.draft.shown(target)
                    yield diagnose(
                        "W2011",
                        f"{shown} would run in each round of {header} and again after it",
                        node=shown,
                        hint="let a decision choose between going round and going on",
                    )
                else:
                    stack.append(target)

    def _enclose(
        self, loop: str, header: str, inside: set[str], leaving: Iterable[FlowEdge]
    ) -> None:
        draft, out = self.draft, set(leaving)
        edges = []
        for edge in draft.edges:
            changed = edge
            if edge in out:
                changed = replace(
                    edge, source=loop, source_port=f"{edge.source}.{edge.source_port}"
                )
            elif edge.target == header and not back_edge(draft, edge):
                changed = replace(edge, target=loop)
            if self._is_error_of(edge, header):
                changed = replace(changed, source=loop)
            edges.append(changed)
        draft.edges = edges
        draft.scope |= dict.fromkeys(inside, loop)
        if self.scope != TOP:
            draft.scope[loop] = self.scope
        draft.reachable.add(loop)


def _drawn(draft: Draft, edge: FlowEdge) -> str:
    """An edge as people see it."""
    return f"{draft.shown(edge.source)} → {draft.shown(edge.target)}"


def _irreducible(first: FlowEdge, second: FlowEdge) -> Diagnostic:
    return diagnose(
        "W2014",
        f"it is entered by {first.source} → {first.target} and by "
        f"{second.source} → {second.target}",
        node=second.target,
        port=second.target_port,
        hint=f"let every way in lead to {first.target}",
    )
