"""Whatever fails on the way: redriven until it ends well, an execution comes to the same result,
and no state that had succeeded runs a second time."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.conftest import Lab

from weft.engine.engine import Engine
from weft.engine.errors import HandlerError
from weft.engine.own_history import own_history

DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
CALL = "arn:aws:states:::lambda:invoke"


def call(name: str, counter: str) -> dict[str, Any]:
    """A task that gives its name and its input, and counts in a variable what came before."""
    return {
        "Type": "Task", "Resource": CALL,
        "Arguments": {"FunctionName": name, "Payload": "{% $states.input %}"},
        "Output": f"{{% [$states.result.Payload, $count(${counter})] %}}",
        "Assign": {counter: f"{{% $append(${counter}, [1]) %}}"},
    }  # fmt: skip


def chained(states: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """States one after the other."""
    names = [name for name, _ in states]
    made = {
        name: {**state, **({"Next": after} if after else {"End": True})}
        for (name, state), after in zip(states, [*names[1:], None], strict=True)
    }
    return {"StartAt": names[0], "States": made}


@st.composite
def blocks(draw: st.DrawFn, depth: int, prefix: str) -> dict[str, Any]:
    """One to three states: calls, and below the top Maps and Parallels of such blocks."""
    states = []
    for n in range(draw(st.integers(1, 3))):
        name = f"{prefix}{n}"
        kind = draw(st.sampled_from(["call", "map", "parallel"] if depth else ["call"]))
        if kind == "call":
            states.append((name, call(name, f"n{prefix}")))
        elif kind == "map":
            body = draw(blocks(depth - 1, f"{name}m")) | draw(st.sampled_from([{}, DISTRIBUTED]))
            states.append((name, {
                "Type": "Map", "Items": [1, 2, 3], "MaxConcurrency": draw(st.integers(0, 2)),
                "ItemProcessor": body,
            }))  # fmt: skip
        else:
            bodies = [draw(blocks(depth - 1, f"{name}p{b}")) for b in range(2)]
            states.append((name, {"Type": "Parallel", "Branches": bodies}))
    return chained(states)


def tell_once(engine: Engine, execution: str) -> None:
    """Every event is told once: by the execution itself or by a child of one of its Map Runs."""
    whole = engine.history(execution)
    told = [len(own_history(whole))]
    for run in engine.map_runs.of(execution):
        assert (run.status, run.total) == ("SUCCEEDED", len(run.children))
        for child in run.children.values():
            history = child.history()
            assert [e.id for e in history] == list(range(1, len(history) + 1))
            assert all(e.previous_event_id < e.id for e in history)
            assert history[-1].type == "ExecutionSucceeded"
            told.append(len(history) - sum(event.id < 0 for event in child.events))
    assert sum(told) == len(whole)


async def outcome(definition: dict[str, Any], failing: set[int], *, restart: bool) -> Any:
    """The result when the calls of those numbers fail."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        made = 0

        async def invoke(function: str, payload: Any, deadline: float | None) -> Any:
            nonlocal made
            made += 1
            if made in failing:
                raise HandlerError("Broken", "this time")
            return [function, payload]

        lab.invoke = invoke  # type: ignore[method-assign]
        lab.engine = lab.make()
        await lab.engine.open()
        lab.engine.create_machine("m", definition)
        ended = await lab.engine.wait(lab.engine.start("m", "r", {}))
        for _ in failing:
            if ended.status == "SUCCEEDED":
                break
            if restart:
                await lab.restart()
            lab.engine.redrive(ended.id)
            ended = await lab.engine.wait(ended.id)
        left = [(e.path, e.details["name"]) for e in lab.engine.history(ended.id)
                if e.type.endswith("StateExited")]  # fmt: skip
        tell_once(lab.engine, ended.id)
        await lab.engine.close()
        assert ended.status == "SUCCEEDED"
        assert len(left) == len(set(left))
        return ended.output


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    block=blocks(2, "s"), failing=st.sets(st.integers(1, 14), min_size=1, max_size=4),
    restart=st.booleans(),
)  # fmt: skip
def test_a_redriven_execution_ends_as_if_nothing_had_failed(
    block: dict[str, Any], failing: set[int], restart: bool
) -> None:
    definition = {"QueryLanguage": "JSONata", **block}
    expected = asyncio.run(outcome(definition, set(), restart=False))
    assert asyncio.run(outcome(definition, failing, restart=restart)) == expected
