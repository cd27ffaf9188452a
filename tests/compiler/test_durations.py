"""Expected seconds follow from what a state does, unless somebody has measured it."""

from dataclasses import replace

from weft.compiler.lower.lower import lower
from weft.compiler.lower.program import Program
from weft.compiler.schedule.deparallelise import deparallelise
from weft.compiler.schedule.durations import PERSON_SECONDS, SLEEP_SECONDS, expected_seconds
from weft.compiler.schedule.poset import needs
from weft.compiler.schedule.regions import Arm, Choose, Do, Fork, Seq
from weft.domain.graph import Settings
from weft.expressions.ast import Literal, Ref, RefKind
from weft.ir.flow import TOP, Flow, FlowEdge, FlowNode
from weft.ir.ops import Compute, ForEach, Invoke, Op, Sleep, Start

MINUTE_READ_AT_RUN_TIME = Ref(RefKind.TRIGGER, "data")


def call(group: str, node_type: str = "t", *, callback: bool = False) -> Invoke:
    return Invoke(group, node_type, 1, {}, callback=callback)


def program(ops: dict[str, Op], *edges: str, scopes: dict[str, str] | None = None) -> Program:
    """A program of bare ops; edges are written `a -> b`, or `a.port -> b.port`."""
    nodes = {
        name: FlowNode(name, op, (), (), scope=(scopes or {}).get(name, TOP))
        for name, op in ops.items()
    }
    drawn = []
    for edge in edges:
        (source, _, out), (target, _, into) = (
            end.strip().partition(".") for end in edge.split("->")
        )
        drawn.append(FlowEdge(source, out or "output", target, into or "input"))
    flow = Flow(nodes, tuple(drawn), frozenset(), (), {}, Settings())
    return replace(lower(flow), flow=flow)


def seconds(found: Program, **measured: float) -> dict[str, float]:
    return expected_seconds(found, needs(found), measured)


def test_each_class_of_state_has_its_seconds() -> None:
    ops: dict[str, Op] = {
        "code": call("code"),
        "http": call("net"),
        "model": call("ai"),
        "agent": call("ai", "ai.agent"),
        "nap": Sleep(Literal(None), seconds=Literal(90)),
        "wait": Sleep(Literal(None), seconds=MINUTE_READ_AT_RUN_TIME),
        "review": call("flow", callback=True),
    }
    assert seconds(program(ops)) == {
        "code": 0.15,
        "http": 0.6,
        "model": 8.0,
        "agent": 30.0,
        "nap": 90.0,
        "wait": SLEEP_SECONDS,
        "review": PERSON_SECONDS,
    }


def test_a_state_that_only_computes_takes_no_time() -> None:
    ops: dict[str, Op] = {"start": Start({}), "sum": Compute({"output": Literal(1)})}
    found = program(ops, "start -> sum")
    assert seconds(replace(found, stated=frozenset({"sum"}))) == {"sum": 0.0}


def test_what_was_measured_goes_before_what_is_expected() -> None:
    assert seconds(program({"model": call("ai")}), model=0.3) == {"model": 0.3}


def test_a_loop_takes_its_longest_path_for_each_round_of_items() -> None:
    ops: dict[str, Op] = {
        "loop": ForEach(Literal([]), concurrency=4),
        "a": call("ai"),
        "b": call("net"),
        "c": call("code"),
    }
    body = dict.fromkeys("abc", "loop")
    found = program(
        ops, "loop.item -> a", "loop.item -> b", "a -> c", "c -> loop.back", "b -> loop.back",
        scopes=body,
    )  # fmt: skip
    assert seconds(found)["loop"] == 3 * (8.0 + 0.15)  # ten items, four at a time


def test_needs_reach_through_what_has_no_state() -> None:
    ops: dict[str, Op] = {
        "a": call("net"),
        "pure": Compute({"output": Literal(1)}),
        "b": call("net"),
        "c": call("net"),
    }
    found = needs(program(ops, "a -> pure", "pure -> b", "b -> c"))
    assert (found["a"], found["b"], found["c"]) == ([], ["a"], ["a", "b"])
    assert found.order(TOP).before == (0, 0b1, 0b11)


def test_a_fork_that_gains_next_to_nothing_becomes_a_sequence_with_the_long_part_last() -> None:
    fork = Fork((Do("long"), Do("quick")))
    assert deparallelise(fork, {"long": 8.0, "quick": 0.01}) == Seq((Do("quick"), Do("long")))


def test_a_fork_that_gains_stays_and_is_judged_without_what_runs_beside_it() -> None:
    pair = Fork((Do("a"), Do("b")))
    fork = Fork((Do("review"), Seq((Do("c"), pair))))
    times = {"a": 0.15, "b": 0.15, "c": 0.0, "review": PERSON_SECONDS}
    assert deparallelise(fork, times) == fork
    assert deparallelise(pair, times, tolerance=0.2) == Seq((Do("a"), Do("b")))


def test_forks_inside_arms_and_sequences_are_judged_too() -> None:
    pair = Fork((Do("a"), Do("b")))
    when = Literal(True)
    region = Seq((Choose((Arm(when, pair),), True), pair))
    flat = Seq((Do("a"), Do("b")))
    expected = Seq((Choose((Arm(when, flat),), True), Do("a"), Do("b")))
    assert deparallelise(region, {"a": 0.0, "b": 0.0}) == expected
