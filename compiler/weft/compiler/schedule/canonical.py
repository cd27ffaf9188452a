"""The same order, numbered by what it looks like: no plan depends on how a graph is listed."""

from dataclasses import dataclass

from weft.compiler.schedule.poset import Poset, covers

_ROUNDS = 2  # each spreads what is known of a node over the whole order, down and up


@dataclass(frozen=True, slots=True)
class Canonical:
    """Elements numbered topologically by depth and shape.

    `index[k]`: where element k stands in the given order. `above`, `below`: direct neighbours.
    Elements of one depth and one shape are numbered as given; swapping them changes nothing but
    which of two equals comes first.
    """

    index: tuple[int, ...]
    above: tuple[tuple[int, ...], ...]
    below: tuple[tuple[int, ...], ...]


def canonical(order: Poset, seconds: list[float]) -> Canonical:
    """Colour refinement (Weisfeiler, Leman 1968) along the order; hashes of numbers are stable."""
    size = len(order.nodes)
    above = covers(order)
    below: list[list[int]] = [[] for _ in range(size)]
    depth = [0] * size
    for element, own in enumerate(above):
        for other in own:
            below[other].append(element)
            depth[element] = max(depth[element], depth[other] + 1)
    colour = [hash(value) for value in seconds]
    for _ in range(_ROUNDS):
        for element in range(size):
            near = tuple(sorted([colour[other] for other in above[element]]))
            colour[element] = hash((colour[element], near))
        for element in reversed(range(size)):
            near = tuple(sorted([colour[other] for other in below[element]]))
            colour[element] = hash((colour[element], near, 1))
    index = sorted(range(size), key=lambda element: (depth[element], colour[element]))
    number = [0] * size
    for position, element in enumerate(index):
        number[element] = position
    return Canonical(
        tuple(index),
        tuple(tuple(sorted([number[o] for o in above[element]])) for element in index),
        tuple(tuple(sorted([number[o] for o in below[element]])) for element in index),
    )
