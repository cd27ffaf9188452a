"""Decision diagrams say what the formula says, and equal formulas are one object."""

from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from weft.compiler.schedule.diagrams import Diagram, Diagrams, Node

DOMAINS = {"p": ("a", "b"), "q": ("x", "y", "z"), "r": ("1", None)}
Formula = tuple[Any, ...]  # ("test", name, outcome) | ("and"|"or", f, g) | ("not", f)

tests = st.sampled_from(
    [("test", name, outcome) for name, domain in DOMAINS.items() for outcome in domain]
)
formulas = st.recursive(
    tests,
    lambda inner: (
        st.tuples(st.sampled_from(["and", "or"]), inner, inner) | st.tuples(st.just("not"), inner)
    ),
    max_leaves=12,
)


def fresh() -> Diagrams:
    made = Diagrams()
    for name, domain in DOMAINS.items():
        made.declare(name, domain)
    return made


def built(made: Diagrams, formula: Formula) -> Diagram:
    match formula:
        case ("test", name, outcome):
            return made.test(name, outcome)
        case ("not", inner):
            return made.negated(built(made, inner))
        case ("and", left, right):
            return made.both(built(made, left), built(made, right))
        case (_, left, right):
            return made.either(built(made, left), built(made, right))
        case _:
            raise AssertionError(formula)


def holds(formula: Formula, world: dict[str, str | None]) -> bool:
    match formula:
        case ("test", name, outcome):
            return bool(world[name] == outcome)
        case ("not", inner):
            return not holds(inner, world)
        case ("and", left, right):
            return holds(left, world) and holds(right, world)
        case (_, left, right):
            return holds(left, world) or holds(right, world)
        case _:
            raise AssertionError(formula)


def value(made: Diagrams, diagram: Diagram, world: dict[str, str | None]) -> bool:
    while isinstance(diagram, Node):
        name = made.names[diagram.variable]
        position = made.domains[diagram.variable].index(world[str(name)])
        diagram = diagram.children[position]
    return diagram


WORLDS = [dict(zip(DOMAINS, values, strict=True)) for values in product(*DOMAINS.values())]


@given(formulas)
def test_a_diagram_has_its_formulas_value_in_every_world(formula: Formula) -> None:
    made = fresh()
    diagram = built(made, formula)
    assert [value(made, diagram, w) for w in WORLDS] == [holds(formula, w) for w in WORLDS]


@given(formulas, formulas)
def test_equal_formulas_are_the_same_diagram(left: Formula, right: Formula) -> None:
    made = fresh()
    same = all(holds(left, world) == holds(right, world) for world in WORLDS)
    assert (built(made, left) is built(made, right)) == same


@given(formulas, formulas)
def test_a_restricted_diagram_agrees_where_it_matters(formula: Formula, care: Formula) -> None:
    made = fresh()
    small = made.restricted(built(made, formula), built(made, care))
    for world in WORLDS:
        if holds(care, world):
            assert value(made, small, world) == holds(formula, world)


@given(formulas, st.sampled_from(sorted(DOMAINS)))
def test_quantifying_away_asks_whether_some_outcome_will_do(formula: Formula, gone: str) -> None:
    made = fresh()
    weaker = made.exists(built(made, formula), lambda name: name == gone)
    for world in WORLDS:
        some = any(holds(formula, {**world, gone: outcome}) for outcome in DOMAINS[gone])
        assert value(made, weaker, world) == some
