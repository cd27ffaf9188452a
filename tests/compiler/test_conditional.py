"""The choice with which a scope ends costs one transition where it is skipped."""

from pathlib import Path

from weft.compiler.compile import compile_workflow
from weft.compiler.emit.conditional import gathered
from weft.compiler.options import Options, Policy
from weft.compiler.schedule.diagrams import Diagram, Diagrams
from weft.compiler.schedule.regions import Arm, Choose, Do, Region, Seq
from weft.expressions.ast import Literal
from weft.nodes.catalogue import NodeCatalogue

GOLDEN = Path(__file__).parents[2] / "statemachines" / "golden"


def guarded(guard: Diagram, *parts: Region) -> Choose:
    body = parts[0] if len(parts) == 1 else Seq(parts)
    return Choose((Arm(Literal("told by the diagram"), body, guard),), covers=False)


def two_tests() -> tuple[Diagrams, Diagram, Diagram]:
    diagrams = Diagrams()
    for name in ("first", "second"):
        diagrams.declare(name, ("yes", "no"))
    return diagrams, diagrams.test("first", "yes"), diagrams.test("second", "yes")


def test_a_condition_at_the_end_needs_no_state_for_being_skipped() -> None:
    graph = (GOLDEN / "trailing-if" / "graph.json").read_bytes()
    made = compile_workflow(graph, NodeCatalogue(), options=Options(policy=Policy.DURABLE))
    states = made.definition["States"]
    assert {name: state["Type"] for name, state in states.items()} == {
        "first": "Task", "second?": "Map",
    }  # fmt: skip
    assert states["second?"]["End"] is True


def test_what_runs_only_where_a_choice_was_not_skipped_goes_into_its_arm() -> None:
    diagrams, first, second = two_tests()
    start, again = Do("start"), guarded(diagrams.both(first, second), Do("again"))
    parts = (start, guarded(first, Do("once")), again)
    assert gathered(parts, True, diagrams) == (start, guarded(first, Do("once"), again))


def test_what_may_run_where_a_choice_is_skipped_stays_behind_it() -> None:
    diagrams, first, second = two_tests()
    parts = (guarded(first, Do("once")), guarded(second, Do("again")))
    assert gathered(parts, True, diagrams) == parts
    assert gathered((*parts, Do("always")), True, diagrams) == (*parts, Do("always"))


def test_what_is_known_before_counts() -> None:
    diagrams, first, second = two_tests()
    known = diagrams.either(first, diagrams.negated(second))  # the second only with the first
    once, again = guarded(first, Do("once")), guarded(second, Do("again"))
    assert gathered((once, again), known, diagrams) == (guarded(first, Do("once"), again),)
