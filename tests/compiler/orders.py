"""Random partial orders, and what is asked of a tree, said plainly."""

from hypothesis import strategies as st

from weft.compiler.schedule.poset import Poset, closed
from weft.compiler.schedule.tree import Parallel, Series, Tree, leaves

Pairs = set[tuple[str, str]]


@st.composite
def orders(draw: st.DrawFn, most: int = 12) -> Poset:
    """A random partial order of up to `most` elements."""
    size = draw(st.integers(1, most))
    sources = [
        draw(st.sets(st.integers(0, max(0, k - 1)), max_size=min(k, 3))) for k in range(size)
    ]
    return closed([f"n{index}" for index in range(size)], sources)


def seconds_of(order: Poset, draw: st.DrawFn) -> dict[str, float]:
    """Durations in sixteenths of a second, which add without rounding."""
    return {name: draw(st.integers(0, 64)) / 16 for name in order.nodes}


@st.composite
def timed_orders(draw: st.DrawFn, most: int = 12) -> tuple[Poset, dict[str, float]]:
    """A random order with random durations, some of them none."""
    order = draw(orders(most))
    return order, seconds_of(order, draw)


def ordered(tree: Tree) -> Pairs:
    """Every pair that the tree runs one after the other."""
    if not isinstance(tree, Series | Parallel):
        return set()
    pairs = {pair for part in tree.parts for pair in ordered(part)}
    if isinstance(tree, Series):
        groups = [leaves(part) for part in tree.parts]
        pairs |= {
            (a, b)
            for index, group in enumerate(groups)
            for later in groups[index + 1 :]
            for a in group
            for b in later
        }
    return pairs


def asked(order: Poset) -> Pairs:
    """Every pair that the order asks for."""
    return {
        (order.nodes[a], name)
        for b, name in enumerate(order.nodes)
        for a in range(len(order.nodes))
        if order.before[b] >> a & 1
    }
