"""Which nodes a trigger reaches; the others are not compiled."""

from collections import defaultdict
from collections.abc import Iterator

from weft.compiler.check.draft import Draft
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic

_BROKEN_WIRING = frozenset({"W2001", "W2002", "W2003", "W2004", "W3001"})


def check_reach(draft: Draft) -> Iterator[Diagnostic]:
    """Fill `draft.reachable`; an orphan is a warning, a graph nothing starts an error."""
    after = defaultdict(list)
    for edge in draft.edges:
        after[edge.source].append(edge.target)
    stack = [name for name, item in draft.nodes.items() if _can_start(draft, name)]
    if not stack and draft.nodes:
        yield diagnose("W2030", "it has no enabled trigger", hint="add one, a manual trigger say")
    draft.reachable = set(stack)
    while stack:
        for target in after[stack.pop()]:
            if target not in draft.reachable:
                draft.reachable.add(target)
                stack.append(target)
    if not draft.reachable or any(problem.code in _BROKEN_WIRING for problem in draft.problems):
        return  # what a broken edge cuts off is not what its author has to mend
    for name, item in draft.nodes.items():
        if name not in draft.reachable and not item.type.is_trigger:
            yield diagnose("W2031", f"{name} will not run", node=name, hint="connect or delete it")


def _can_start(draft: Draft, name: str) -> bool:
    item = draft.nodes[name]
    return item.type.is_trigger and not item.node.disabled
