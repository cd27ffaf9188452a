"""Every scope can be put in order: no cycle but through a loop's own way back."""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from weft.compiler.check.draft import Draft
from weft.compiler.check.loops import back_edge
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic
from weft.ir.flow import TOP, loop_id

_BROKEN_LOOPS = frozenset({"W2010", "W2011", "W2014"})  # they leave cycles, which are reported


def check_order(draft: Draft) -> Iterator[Diagnostic]:
    """Fill `draft.order`: topological, ties by the document's order, so that it is stable."""
    after, missing = _dependencies(draft)
    position: dict[str, int] = {}
    names: list[str] = []
    for name in (node.id for node in draft.doc.nodes):
        for each in (loop_id(name), name):  # a loop stands right before its header
            position.setdefault(each, len(names))
            names.append(each)
    ready = [position[name] for name in draft.reachable if not missing[name]]
    heapq.heapify(ready)
    while ready:
        name = names[heapq.heappop(ready)]
        draft.order.append(name)
        for target in after[name]:
            missing[target].discard(name)
            if not missing[target]:
                heapq.heappush(ready, position[target])
    stuck = draft.reachable - set(draft.order)
    if stuck and not any(problem.code in _BROKEN_LOOPS for problem in draft.problems):
        yield _cycle(draft, stuck, missing)


def _dependencies(draft: Draft) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Who waits for whom. A body waits for its loop's in-edges by waiting for the loop itself."""
    after: dict[str, set[str]] = defaultdict(set)
    missing: dict[str, set[str]] = defaultdict(set)

    def wait(source: str, target: str) -> None:
        after[source].add(target)
        missing[target].add(source)

    for edge in draft.edges:
        if edge.source in draft.reachable and not back_edge(draft, edge):
            wait(edge.source, edge.target)
    for source, target in draft.references:
        wait(source, target)
    for node, scope in draft.scope.items():
        if scope != TOP and node in draft.reachable:
            wait(scope, node)
    return after, missing


def _cycle(draft: Draft, stuck: set[str], missing: dict[str, set[str]]) -> Diagnostic:
    """Walk backwards through what is stuck until a node repeats."""
    path = [min(stuck)]
    while path.count(path[-1]) < 2:
        path.append(min(missing[path[-1]] & stuck))
    path = path[path.index(path[-1]) :][::-1]
    drawn = {(edge.source, edge.target) for edge in draft.edges}
    first, shown = draft.shown(path[0]), " → ".join(map(draft.shown, path))
    if all(pair in drawn for pair in pairwise(path)):
        return diagnose("W2010", shown, node=first, hint="lead the way back into the loop's header")
    return diagnose("W2021", shown, node=first, hint="a node cannot read what depends on it")
