"""Series-parallel trees keep every order, and add none where none is needed."""

from hypothesis import given
from hypothesis import strategies as st

from weft.compiler.schedule.poset import Poset
from weft.compiler.schedule.series_parallel import (
    Leaf,
    Parallel,
    Series,
    Tree,
    leaves,
    series_parallel,
)


@st.composite
def orders(draw: st.DrawFn) -> Poset:
    """A random partial order of up to twelve elements."""
    size = draw(st.integers(1, 12))
    before: list[int] = []
    for index in range(size):
        mask = 0
        for other in draw(st.sets(st.integers(0, max(0, index - 1)), max_size=index)):
            mask |= before[other] | 1 << other
        before.append(mask)
    return Poset(tuple(f"n{index}" for index in range(size)), tuple(before))


def ordered(tree: Tree) -> set[tuple[str, str]]:
    """Every pair that the tree runs one after the other."""
    if isinstance(tree, Leaf):
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


def asked(order: Poset) -> set[tuple[str, str]]:
    """Every pair that the order asks for."""
    return {
        (order.nodes[a], name)
        for b, name in enumerate(order.nodes)
        for a in range(len(order.nodes))
        if order.before[b] >> a & 1
    }


@given(orders())
def test_every_pair_of_the_order_is_kept_and_every_node_is_there_once(order: Poset) -> None:
    tree = series_parallel(order)
    assert tree is not None
    assert sorted(leaves(tree)) == sorted(order.nodes)
    assert asked(order) <= ordered(tree)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> tuple[list[str], set[tuple[str, str]]]:
    """A random series-parallel order: its nodes in order, its pairs."""
    counter = iter(range(100))

    def build(level: int) -> tuple[list[str], set[tuple[str, str]]]:
        if level == 0 or draw(st.booleans()):
            return [f"n{next(counter)}"], set()
        parts = [build(level - 1) for _ in range(draw(st.integers(2, 3)))]
        names = [name for group, _ in parts for name in group]
        pairs = {pair for _, found in parts for pair in found}
        if draw(st.booleans()):
            for index, (group, _) in enumerate(parts):
                for later, _ in parts[index + 1 :]:
                    pairs |= {(a, b) for a in group for b in later}
        return names, pairs

    return build(depth)


@given(trees())
def test_a_series_parallel_order_gains_no_pair(
    made: tuple[list[str], set[tuple[str, str]]],
) -> None:
    names, pairs = made
    index = {name: position for position, name in enumerate(names)}
    before = [0] * len(names)
    for a, b in pairs:
        before[index[b]] |= 1 << index[a]
    tree = series_parallel(Poset(tuple(names), tuple(before)))
    assert tree is not None
    assert ordered(tree) == pairs


def test_independent_nodes_run_in_parallel() -> None:
    tree = series_parallel(Poset(("a", "b"), (0, 0)))
    assert tree == Parallel((Leaf("a"), Leaf("b")))


def test_nothing_has_no_tree() -> None:
    assert series_parallel(Poset((), ())) is None
