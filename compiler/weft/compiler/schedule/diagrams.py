"""Multi-valued decision diagrams over outcomes: conditions that can be reasoned about.

Reduced, ordered and hash-consed (Bryant 1986; multi-valued: Kam et al. 1998), so that equal
conditions are the same object. They decide; the text of a condition comes from elsewhere.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """`variable` has the outcome at position k: then `children[k]`."""

    variable: int
    children: "tuple[Diagram, ...]"


Diagram: TypeAlias = Node | bool
Outcome: TypeAlias = str | None


class Diagrams:
    """Makes and combines diagrams. Variables are ordered as they are declared."""

    def __init__(self) -> None:
        self._index: dict[Hashable, int] = {}
        self.names: list[Hashable] = []
        self.domains: list[tuple[Outcome, ...]] = []
        self._unique: dict[tuple[int, tuple[int, ...]], Node] = {}
        self._applied: dict[tuple[str, int, int], Diagram] = {}
        self._counted: dict[int, int] = {}

    def declare(self, name: Hashable, domain: tuple[Outcome, ...]) -> None:
        """A new variable, below all that were declared before."""
        self._index[name] = len(self.names)
        self.names.append(name)
        self.domains.append(domain)

    def declared(self, name: Hashable) -> bool:
        """Whether there is such a variable."""
        return name in self._index

    def test(self, name: Hashable, outcome: Outcome) -> Diagram:
        """`name` has the outcome; never, when it cannot have it."""
        variable = self._index[name]
        return self._make(variable, tuple(value == outcome for value in self.domains[variable]))

    def both(self, a: Diagram, b: Diagram) -> Diagram:
        """Conjunction."""
        if a is False or b is False:
            return False
        if a is True or a is b:
            return b
        return a if b is True else self._apply("and", a, b, self.both)

    def either(self, a: Diagram, b: Diagram) -> Diagram:
        """Disjunction."""
        if a is True or b is True:
            return True
        if a is False or a is b:
            return b
        return a if b is False else self._apply("or", a, b, self.either)

    def negated(self, a: Diagram) -> Diagram:
        """Complement."""
        if isinstance(a, bool):
            return not a
        place = ("not", _key(a), 0)
        found = self._applied.get(place)
        if found is None:
            found = self._make(a.variable, tuple(self.negated(child) for child in a.children))
            self._applied[place] = found
        return found

    def implies(self, a: Diagram, b: Diagram) -> bool:
        """Whether b holds wherever a does."""
        return self.both(a, self.negated(b)) is False

    def exists(self, a: Diagram, gone: Callable[[Hashable], bool]) -> Diagram:
        """The weakest condition without the variables for which `gone` is true."""
        known: dict[int, Diagram] = {}

        def without(part: Diagram) -> Diagram:
            if isinstance(part, bool):
                return part
            found = known.get(id(part))
            if found is None:
                children = tuple(map(without, part.children))
                if gone(self.names[part.variable]):
                    found = False
                    for child in children:
                        found = self.either(found, child)
                else:
                    found = self._make(part.variable, children)
                known[id(part)] = found
            return found

        return without(a)

    def restricted(self, a: Diagram, care: Diagram) -> Diagram:
        """A diagram equal to `a` wherever `care` holds, and never larger (Coudert–Madre)."""
        if isinstance(a, bool) or isinstance(care, bool):
            return a
        place = ("restricted", id(a), id(care))
        found = self._applied.get(place)
        if found is None:
            found = self._applied[place] = self._restricted(a, care)
        return found

    def _restricted(self, a: Node, care: Node) -> Diagram:
        if care.variable < a.variable:
            merged: Diagram = False
            for child in care.children:
                merged = self.either(merged, child)
            return self.restricted(a, merged)
        if care.variable > a.variable:
            return self._make(a.variable, tuple(self.restricted(c, care) for c in a.children))
        pairs = list(zip(a.children, care.children, strict=True))
        kept = [self.restricted(child, cared) for child, cared in pairs if cared is not False]
        if len({_key(child) for child in kept}) == 1:
            return kept[0]
        filled = iter(kept)
        children = tuple(next(filled) if cared is not False else kept[0] for _, cared in pairs)
        return self._make(a.variable, children)

    def tested(self, a: Diagram) -> set[Hashable]:
        """The variables that a condition depends on."""
        found: set[Hashable] = set()
        seen: set[int] = set()
        stack = [a]
        while stack:
            part = stack.pop()
            if isinstance(part, bool) or id(part) in seen:
                continue
            seen.add(id(part))
            found.add(self.names[part.variable])
            stack.extend(part.children)
        return found

    def ways(self, a: Diagram) -> int:
        """How many paths lead to true."""
        if isinstance(a, bool):
            return int(a)
        found = self._counted.get(id(a))
        if found is None:
            found = self._counted[id(a)] = sum(map(self.ways, a.children))
        return found

    def _make(self, variable: int, children: tuple[Diagram, ...]) -> Diagram:
        keys = tuple(_key(child) for child in children)
        if len(set(keys)) == 1:
            return children[0]
        found = self._unique.get((variable, keys))
        if found is None:
            found = self._unique[variable, keys] = Node(variable, children)
        return found

    def _apply(
        self, op: str, a: Diagram, b: Diagram, combine: Callable[[Diagram, Diagram], Diagram]
    ) -> Diagram:
        first, second = sorted((_key(a), _key(b)))
        found = self._applied.get((op, first, second))
        if found is not None:
            return found
        top = min(d.variable for d in (a, b) if isinstance(d, Node))
        size = len(self.domains[top])
        left, right = _cofactors(a, top, size), _cofactors(b, top, size)
        children = tuple(combine(x, y) for x, y in zip(left, right, strict=True))
        result = self._applied[op, first, second] = self._make(top, children)
        return result


def _key(diagram: Diagram) -> int:
    """Tells diagrams apart: nodes live as long as their table, and no object's id is 0 or 1."""
    return int(diagram) if isinstance(diagram, bool) else id(diagram)


def _cofactors(diagram: Diagram, variable: int, size: int) -> tuple[Diagram, ...]:
    if isinstance(diagram, Node) and diagram.variable == variable:
        return diagram.children
    return (diagram,) * size
