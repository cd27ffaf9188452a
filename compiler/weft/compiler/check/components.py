"""Strongly connected components: which nodes of a drawing lie on a cycle together."""

from collections.abc import Iterable, Iterator, Mapping


def cycles(nodes: Iterable[str], after: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Components with a cycle in them, each in the order of `nodes`, and after every component that
    it leads to (Tarjan 1972, iterative)."""
    rank = {node: position for position, node in enumerate(nodes)}
    found: list[list[str]] = []
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    open_: set[str] = set()
    for root in rank:
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = []
        _enter(root, after, index, low, stack, open_, work)
        while work:
            node, rest = work[-1]
            target = next(rest, None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = stack.index(node)
                    component, stack[cut:] = stack[cut:], []
                    open_ -= set(component)
                    if len(component) > 1 or node in after.get(node, ()):
                        found.append(sorted(component, key=rank.__getitem__))
            elif target not in index:
                _enter(target, after, index, low, stack, open_, work)
            elif target in open_:
                low[node] = min(low[node], index[target])
    return found


def _enter(
    node: str,
    after: Mapping[str, Iterable[str]],
    index: dict[str, int],
    low: dict[str, int],
    stack: list[str],
    open_: set[str],
    work: list[tuple[str, Iterator[str]]],
) -> None:
    index[node] = low[node] = len(index)
    stack.append(node)
    open_.add(node)
    work.append((node, iter(after.get(node, ()))))
