"""One step, in this process: config, services, secrets, logs, outputs and errors."""

import datetime
import sys
from collections.abc import Callable
from typing import Any, Unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.claims import Claims

from weft.domain.claim import CLAIM
from weft.domain.credential import ResolvedSecret
from weft.domain.errors import PermanentStepError, StepRefused, TransientStepError
from weft.domain.scrub import REDACTED, Scrubber
from weft.ir.ops import Op
from weft.nodekit.config import NodeConfig, Text
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, Need, NodeType
from weft.ports.chat import ChatReply, ChatRequest
from weft.ports.http import HttpOptions, HttpReply
from weft.runner.context import Services
from weft.runner.entry import answer_with
from weft.runner.failure import StepFailure
from weft.runner.step import run_step

KEY = "k-s3cr3t/value+1"
EVERYTHING = frozenset(Need)


class Config(NodeConfig):
    text: Text = ""
    number: int = 0


class World:
    """Every service, as a fake that remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, HttpOptions]] = []
        self.cost: float | None = 0.5
        self.claims = Claims()

    def resolve(self, credential_id: str) -> ResolvedSecret:
        values = {"user": "somebody", "api_key": KEY}
        return ResolvedSecret(credential_id, "key", values, ("api.test",))

    def request(self, method: str, url: str, **options: Unpack[HttpOptions]) -> HttpReply:
        self.requests.append((method, url, options))
        return HttpReply(200, {}, b"", url)

    def chat(self, request: ChatRequest) -> ChatReply:
        return ChatReply("hi", request.model, 10, 5, self.cost)


Run = Callable[[Config, Data, StepContext], Any]


def services(run: Run | None, needs: frozenset[Need], world: World) -> Services:
    def lower(node: BoundNode[Config]) -> Op:
        raise NotImplementedError("never compiled")

    def load(name: str, version: int) -> NodeType[Any]:
        if name != "test":
            raise PermanentStepError(f"there is no node type {name}")
        return NodeType(
            name=name,
            version=version,
            title=name,
            description=name,
            category=Category.DATA,
            config=Config,
            lower=lower,
            run=run,
            needs=needs,
        )

    def missing(*_: object) -> Any:
        raise AssertionError("nobody asked for this")

    return Services(
        load=load,
        http=lambda: world,
        chat=lambda: world,
        secrets=lambda call: world,
        approvals=missing,
        claims=lambda call: world.claims,
        code=missing,
    )


def payload(**changes: Any) -> dict[str, Any]:
    return {
        "tenant_id": "t",
        "run_id": "r",
        "workflow_id": "w",
        "node_id": "n",
        "node_type": "test",
        "version": 1,
        "key": "r/n/",
        "config": {},
        "inputs": {},
    } | changes


def step(run: Run | None, needs: frozenset[Need] = EVERYTHING, **changes: Any) -> dict[str, Any]:
    return run_step(payload(**changes), services(run, needs, World()))


def failure(run: Run | None, needs: frozenset[Need] = EVERYTHING, **changes: Any) -> StepFailure:
    with pytest.raises(StepFailure) as caught:
        step(run, needs, **changes)
    return caught.value


def raising(error: BaseException) -> Run:
    def run(config: Config, inputs: Data, ctx: StepContext) -> Data:
        raise error

    return run


def test_a_step_sees_config_inputs_and_whose_it_is() -> None:
    def run(config: Config, inputs: Data, ctx: StepContext) -> Data:
        call = ctx.call
        return {"out": [config.text, inputs["input"], call.run_id, call.key, call.attempt]}

    answer = step(run, config={"text": "a"}, inputs={"input": 1}, attempt=3)
    assert answer == {"outputs": {"out": ["a", 1, "r", "r/n/", 3]}, "logs": [], "usage": None}


def test_braces_in_evaluated_config_are_only_text() -> None:
    answer = step(lambda c, i, x: {"out": c.text}, config={"text": "{{ 1 + }} not ours"})
    assert answer["outputs"] == {"out": "{{ 1 + }} not ours"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"config": {"number": "secret-word"}}, "number"),
        ({"config": {"other": "secret-word"}}, "other"),
        ({"run_id": None}, "run_id"),
        ({"node_type": "missing"}, "no node type missing"),
    ],
)
def test_a_call_that_does_not_fit_fails_for_good_without_showing_values(
    changes: dict[str, Any], said: str
) -> None:
    error = failure(lambda c, i, x: {}, **changes)
    assert error.error_type == "PermanentStepError"
    assert said in error.message
    assert "secret-word" not in error.message


def test_a_native_node_is_refused() -> None:
    assert "native" in failure(None).message


@pytest.mark.parametrize("need", sorted(Need))
def test_a_service_that_was_not_declared_is_refused(need: Need) -> None:
    def run(config: Config, inputs: Data, ctx: StepContext) -> Data:
        getattr(ctx, need.value)
        return {}

    error = failure(run, EVERYTHING - {need})
    assert error.error_type == "StepRefused"
    assert need.value in error.message


@pytest.mark.parametrize(
    "error", [TransientStepError("a"), PermanentStepError("a"), StepRefused("a"), KeyError("a")]
)
def test_an_error_keeps_its_class_name(error: Exception) -> None:
    assert failure(raising(error)).error_type == type(error).__name__


def test_leaving_the_process_and_running_out_of_memory_are_failures_too() -> None:
    assert failure(raising(SystemExit(3))).error_type == "SystemExit"
    assert failure(raising(MemoryError())).error_type == "Runner.OutOfMemory"


def test_lambda_sees_the_error_name_as_a_class_name() -> None:
    with pytest.raises(Exception, match="too slow") as caught:
        answer_with(
            services(raising(TransientStepError("too slow")), EVERYTHING, World()), payload()
        )
    assert type(caught.value).__name__ == "TransientStepError"
    assert caught.value.__cause__ is None


def test_opened_secrets_leave_logs_and_errors_in_every_spelling() -> None:
    def run(config: Config, inputs: Data, ctx: StepContext) -> Data:
        ctx.log.info(f"before {KEY}")
        ctx.secrets.resolve("c")
        ctx.log.warning("x", header="Basic c29tZWJvZHk6ay1zM2NyM3QvdmFsdWUrMQ==", list=[KEY])
        if config.number:
            raise ValueError(f"https://a.test/?key=k-s3cr3t%2Fvalue%2B1 and {KEY}")
        return {}

    logs = step(run)["logs"]
    assert [line["level"] for line in logs] == ["info", "warning"]
    shown = str(logs) + failure(run, config={"number": 1}).message
    assert REDACTED in shown
    for spelling in (KEY, "k-s3cr3t", "c29tZWJvZHk6"):
        assert spelling not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("api_key=abcdef", "api_key=[REDACTED]"),
        ('{"password": "x y"}', '{"password": [REDACTED]}'),
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer [REDACTED]"),
        ("OPENAI_API_KEY: sk-1", "OPENAI_API_KEY: [REDACTED]"),
        ("the password is long", "the password is long"),
    ],
)
def test_what_announces_itself_as_a_secret_is_removed(text: str, shown: str) -> None:
    assert Scrubber().text(text) == shown


@given(st.text(min_size=4), st.text(), st.text())
def test_no_learned_value_survives(secret: str, before: str, after: str) -> None:
    scrubber = Scrubber()
    scrubber.learn([secret])
    if secret not in REDACTED:
        # The mark itself may put a value together again with its neighbours: never wholly inside.
        assert secret not in scrubber.text(secret)
        assert REDACTED in scrubber.text(f"{before}{secret}{after}")


def test_a_step_with_an_open_credential_reaches_that_credentials_hosts_only() -> None:
    world = World()

    def run(config: Config, inputs: Data, ctx: StepContext) -> Data:
        ctx.http.request("GET", "https://a.test")
        ctx.secrets.resolve("c")
        ctx.http.request("GET", "https://b.test", allowed_hosts=("anything.test",))
        return {}

    run_step(payload(), services(run, EVERYTHING, world))
    assert [options for _, _, options in world.requests] == [{}, {"allowed_hosts": ("api.test",)}]


def test_what_models_cost_is_added_up() -> None:
    def run(config: Config, inputs: Data, ctx: StepContext) -> Data:
        for model in ("b", "a"):
            ctx.chat.chat(ChatRequest(model, ()))
        return {}

    assert step(run)["usage"] == {
        "calls": 2,
        "models": ["a", "b"],
        "input_tokens": 20,
        "output_tokens": 10,
        "cost_usd": 1.0,
    }
    world = World()
    world.cost = None
    assert run_step(payload(), services(run, EVERYTHING, world))["usage"]["cost_usd"] is None


@pytest.mark.parametrize("value", [object(), {1, 2}, datetime.datetime.now(), b"x", float])
def test_an_output_that_is_not_json_is_an_error(value: Any) -> None:
    assert failure(lambda c, i, x: {"out": value}).error_type == "Runtime.MarshalError"


def test_an_output_without_ports_is_an_error() -> None:
    assert failure(lambda c, i, x: [1]).error_type == "Runtime.MarshalError"


def test_large_integers_are_json() -> None:
    assert step(lambda c, i, x: {"out": 10**30})["outputs"] == {"out": 10**30}


def test_an_output_over_the_limit_is_an_error_that_names_it() -> None:
    error = failure(lambda c, i, x: {"out": "x" * 262_144})
    assert error.error_type == "States.DataLimitExceeded"
    assert "256 KiB" in error.message


def claiming(outputs: Any, **claims: Any) -> tuple[dict[str, Any], Claims]:
    """What a step's answer holds that gives these outputs, and what was kept."""
    world = World()
    asked = payload(claims=claims)
    answer = run_step(asked, services(lambda c, i, x: outputs, EVERYTHING, world))
    return answer["outputs"], world.claims


def test_a_large_output_that_may_be_claimed_is_kept_and_claimed() -> None:
    value = {"id": 7, "text": "x" * 1_000_000}
    left, claims = claiming({"out": value}, out={"read": ["/id"]})
    (text,) = claims.kept
    assert left == {"out": {CLAIM: text, "id": 7}}
    assert claims.kept[text] == value


def test_a_part_that_is_handed_on_is_a_claim_of_its_own() -> None:
    left, claims = claiming({"out": {"a": "x" * 50_000, "b": 1}}, out={"passed": ["/a", "/b"]})
    assert claims.kept[left["out"]["a"][CLAIM]] == "x" * 50_000
    assert left["out"]["b"] == 1


def test_a_small_output_is_not_kept() -> None:
    left, claims = claiming({"out": "x" * 32_000}, out={})
    assert left == {"out": "x" * 32_000}
    assert claims.kept == {}


def test_a_call_says_what_is_large() -> None:
    world = World()
    asked = payload(claims={"out": {}}, claim_above=100)
    answer = run_step(asked, services(lambda c, i, x: {"out": "x" * 100}, EVERYTHING, world))
    assert answer["outputs"]["out"].keys() == {CLAIM}


def too_large(outputs: Any, **claims: Any) -> str:
    made = services(lambda c, i, x: outputs, EVERYTHING, World())
    with pytest.raises(StepFailure) as caught:
        run_step(payload(claims=claims), made)
    assert caught.value.error_type == "States.DataLimitExceeded"
    return caught.value.message


def test_a_large_output_that_must_not_be_claimed_says_who_keeps_it() -> None:
    message = too_large({"out": "x" * 300_000, "other": "y" * 50_000}, other={})
    assert "an expression reads all of 'out'" in message and "weft explain" in message


def test_a_large_member_that_is_read_says_so() -> None:
    message = too_large({"out": {"a": "x" * 300_000}}, out={"read": ["/a"]})
    assert "so much of 'out' is read" in message


def test_an_output_over_what_a_claim_may_stand_for_says_how_much_that_is() -> None:
    assert "6,291,456 at one output" in too_large({"out": "x" * 6_300_000}, out={})


def test_a_step_is_given_values_in_place_of_claims() -> None:
    world = World()
    text = world.claims.keep([1, 2])
    given: list[Any] = []

    def run(config: Config, inputs: Data, ctx: StepContext) -> Data:
        given.append((config.text, dict(inputs)))
        return {}

    asked = payload(
        config={"text": {CLAIM: world.claims.keep("long"), "length": 4}},
        inputs={"input": [{CLAIM: text}, {"deep": {CLAIM: text, "id": 1}}, {CLAIM: "forged.1.x"}]},
    )
    run_step(asked, services(run, EVERYTHING, world))
    assert given == [("long", {"input": [[1, 2], {"deep": [1, 2]}, {CLAIM: "forged.1.x"}]})]


def test_a_step_is_not_given_more_than_fits_into_its_memory() -> None:
    world = World()
    world.claims.kept["huge.70000000.seal"] = "x"
    asked = payload(inputs={"input": {CLAIM: "huge.70000000.seal"}})
    with pytest.raises(StepFailure, match="67,108,864") as caught:
        run_step(asked, services(lambda c, i, x: {}, EVERYTHING, world))
    assert caught.value.error_type == "PermanentStepError"


def test_logs_give_way_to_outputs() -> None:
    def run(config: Config, inputs: Data, ctx: StepContext) -> Data:
        for _ in range(1000):
            ctx.log.info("y" * 1000)
        return {"out": "x" * config.number}

    for size in (0, 250_000, 261_000):
        answer = step(run, config={"number": size})
        assert len(answer["outputs"]["out"]) == size
        assert sum(len(line["message"]) for line in answer["logs"]) < min(40_000, 262_144 - size)
        assert "more lines were left out" in answer["logs"][-1]["message"]


def test_data_that_is_not_json_can_be_logged() -> None:
    def run(config: Config, inputs: Data, ctx: StepContext) -> Data:
        ctx.log.log("odd", "message", when=datetime.date(2026, 1, 2), what={1: sys})
        return {}

    [line] = step(run)["logs"]
    assert (line["level"], line["data"]["when"]) == ("info", "2026-01-02")
