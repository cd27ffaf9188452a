"""Strongly connected components: which nodes of a drawing lie on a cycle together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


def cycles(nodes: Iterable[str], after: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Components with a cycle in them, each in the order of `nodes`, and after every component that
    it leads to (Tarjan 1972, iterative)."""
    rank = {node: position for position, node in enumerate(nodes)}
    search = _Search(after)
    for root in rank:
        if root not in search.index:
            search.walk(root)
    return [
        sorted(component, key=rank.__getitem__)
        for component in search.found
        if len(component) > 1 or component[0] in after.get(component[0], ())
    ]


@dataclass(slots=True)
class _Search:
    after: Mapping[str, Iterable[str]]
    found: list[list[str]] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    low: dict[str, int] = field(default_factory=dict)
    stack: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)  # what is on the stack

    def walk(self, root: str) -> None:
        work = [(root, self._enter(root))]
        while work:
            node, rest = work[-1]
            target = next(rest, None)
            if target is None:
                work.pop()
                if work:
                    above = work[-1][0]
                    self.low[above] = min(self.low[above], self.low[node])
                self._leave(node)
            elif target not in self.index:
                work.append((target, self._enter(target)))
            elif target in self.held:
                self.low[node] = min(self.low[node], self.index[target])

    def _enter(self, node: str) -> Iterator[str]:
        self.index[node] = self.low[node] = len(self.index)
        self.stack.append(node)
        self.held.add(node)
        return iter(self.after.get(node, ()))

    def _leave(self, node: str) -> None:
        if self.low[node] == self.index[node]:
            component: list[str] = []
            while not component or component[-1] != node:
                component.append(self.stack.pop())
            self.held.difference_update(component)
            self.found.append(component)
