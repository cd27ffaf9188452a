"""Several steps of one call, in this process: order, retries, limits, failures and sizes."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.claims import Claims
from tests.support.fused import fused, gave, step, value

from weft.domain.errors import PermanentStepError, TransientStepError
from weft.nodekit.config import NodeConfig
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, Need, NodeType
from weft.runner.context import Services
from weft.runner.entry import answer_with
from weft.runner.failure import StepFailure
from weft.runner.fused import ends_process, run_call
from weft.runner.step import MAX_ANSWER_BYTES

Run = Callable[[str, Data, StepContext], Any]


class Config(NodeConfig):
    text: str = ""


class Runner:
    """Runs calls with one node type; remembers the pauses instead of making them."""

    def __init__(self, run: Run) -> None:
        self.pauses: list[float] = []
        self._run = run
        self.claims = Claims()

    def __call__(self, payload: dict[str, Any]) -> dict[str, Any]:
        return run_call(payload, self.services(), self.pauses.append)

    def services(self) -> Services:
        def missing(*_: object) -> Any:
            raise AssertionError("nobody asked for this")

        return Services(
            self._load, missing, missing, missing, missing, lambda call: self.claims, missing
        )

    def _load(self, name: str, version: int) -> NodeType[Any]:
        def lower(node: BoundNode[Config]) -> Any:
            raise NotImplementedError("never compiled")

        def run(config: Config, inputs: Data, ctx: StepContext) -> Any:
            return self._run(config.text, inputs, ctx)

        return NodeType(
            name, version, name, name, Category.DATA, Config, lower, run=run,
            needs=frozenset({Need.HTTP}),
        )  # fmt: skip


def echo(text: str, inputs: Data, ctx: StepContext) -> Data:
    ctx.log.info(f"{ctx.call.node_id} attempt {ctx.call.attempt}")
    return {"out": [ctx.call.key, text, inputs["input"]]}


def raising(*errors: Exception) -> Run:
    """Raises in turn, then answers."""
    left = list(errors)

    def run(text: str, inputs: Data, ctx: StepContext) -> Data:
        if text == "raise" and left:
            raise left.pop(0)
        return {"out": text}

    return run


def test_each_step_reads_what_the_ones_before_it_gave() -> None:
    answer = Runner(echo)(
        fused(
            step("a", {"text": "x"}, value(1)),
            step("b", {"text": "y"}, gave("a")),
            values=("no", {"deep": [1]}),
        )
    )
    first = ["r/a/", "x", {"deep": [1]}]
    assert answer["outputs"] == {"s0": {"out": first}, "s1": {"out": ["r/b/", "y", first]}}
    assert "failed" not in answer
    assert [(t["node_id"], t["key"], t["attempts"]) for t in answer["steps"]] == [
        ("a", "r/a/", 1),
        ("b", "r/b/", 1),
    ]
    assert [t["logs"][0]["message"] for t in answer["steps"]] == ["a attempt 1", "b attempt 1"]


def test_a_step_is_tried_again_as_patiently_as_it_says_and_alone() -> None:
    runner = Runner(raising(*[TransientStepError("busy")] * 3))
    answer = runner(fused(step("a"), step("b", {"text": "raise"}), step("c")))
    assert runner.pauses == [2.0, 4.0, 5.0]
    assert [trace["attempts"] for trace in answer["steps"]] == [1, 4, 1]
    assert answer["steps"][1]["errors"] == [{"type": "TransientStepError", "message": "busy"}] * 3
    assert answer["outputs"]["s2"] == {"out": ""}


def test_a_step_that_stays_broken_ends_the_call_and_keeps_what_was_done() -> None:
    errors = [TransientStepError("busy")] * 4
    answer = Runner(raising(*errors))(fused(step("a"), step("b", {"text": "raise"}), step("c")))
    assert answer["outputs"] == {"s0": {"out": ""}, "s1": None, "s2": None}
    assert answer["failed"]["Error"] == "TransientStepError"
    assert json.loads(answer["failed"]["Cause"])["errorMessage"] == "busy"
    assert [trace["node_id"] for trace in answer["steps"]] == ["a", "b"]
    assert answer["steps"][1]["attempts"] == 4


def test_what_cannot_pass_is_not_tried_again() -> None:
    runner = Runner(raising(PermanentStepError("no")))
    answer = runner(fused(step("a", {"text": "raise"}), step("b")))
    assert answer["failed"]["Error"] == "PermanentStepError"
    assert answer["steps"][0]["attempts"] == 1
    assert runner.pauses == []


def test_a_step_has_a_time_limit_of_its_own() -> None:
    def slow(text: str, inputs: Data, ctx: StepContext) -> Data:
        if text == "slow":
            time.sleep(30)
        return {"out": text}

    answer = Runner(slow)(fused(step("a"), step("b", {"text": "slow"}, deadline_seconds=0.05)))
    assert answer["failed"]["Error"] == "States.Timeout"
    assert answer["steps"][1]["errors"][0]["message"] == "the step did not end within 0.05 s"
    assert ends_process(answer)


def test_a_long_message_is_cut_to_what_a_cause_may_have() -> None:
    answer = Runner(raising(PermanentStepError('"' * 8_000)))(
        fused(step("a", {"text": "raise"}), step("b"))
    )
    assert 5_000 < len(answer["failed"]["Cause"]) <= 12_000
    assert json.loads(answer["failed"]["Cause"])["errorType"] == "PermanentStepError"


def test_steps_may_not_give_more_than_an_answer_holds() -> None:
    def big(text: str, inputs: Data, ctx: StepContext) -> Data:
        for _ in range(100):
            ctx.log.info("l" * 300)
        return {"out": "x" * 100_000}

    runner = Runner(big)
    fits = runner(fused(step("a"), step("b")))
    assert "failed" not in fits
    assert len(json.dumps(fits)) < MAX_ANSWER_BYTES
    more = runner(fused(step("a"), step("b"), step("c")))
    assert more["failed"]["Error"] == "States.DataLimitExceeded"
    assert len(json.dumps(more)) < MAX_ANSWER_BYTES


def test_what_is_too_large_for_an_answer_may_pass_as_a_claim_within_the_call_too() -> None:
    def run(text: str, inputs: Data, ctx: StepContext) -> Data:
        return {"out": text * 300_000 if text else len(inputs["input"])}

    runner = Runner(run)
    claims: Any = {"out": {"read": [], "passed": []}}
    first = step("a", {"text": "x"}, claims=claims)
    answer = runner(
        fused(first, step("b", given=gave("a")), step("c", {"text": "y"}, claims=claims))
    )
    kept = [answer["outputs"][name]["out"]["$claim"] for name in ("s0", "s2")]
    assert [runner.claims.kept[text][0] for text in kept] == ["x", "y"]
    assert answer["outputs"]["s1"] == {"out": 300_000}


def test_a_malformed_call_is_refused_without_its_values() -> None:
    broken = fused(step("a", key=7, retry="s3cr3t"), step("b"))
    with pytest.raises(StepFailure) as caught:
        Runner(echo)(broken)
    assert "steps.0.key" in caught.value.message
    assert "s3cr3t" not in caught.value.message


def test_a_function_takes_such_calls_too() -> None:
    answer = answer_with(Runner(echo).services(), fused(step("a"), step("b")))
    assert list(answer["outputs"]) == ["s0", "s1"]
