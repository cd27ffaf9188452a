"""An HTTP request made by the host is the request that a runner would make, or it is not made."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.asl.http_task import PASSING, READINGS, own_error
from weft.bootstrap.host_calls import HostCalls
from weft.bootstrap.step_desk import StepDesk
from weft.domain.credential import ResolvedSecret
from weft.expressions.evaluate import evaluate
from weft.ir.ops import Invoke, NativeCall, OnRunner
from weft.nodes.catalogue import load_node
from weft.ports.http import HttpReply

URL = "https://api.example.com/orders"
SECRETS = {
    "http_basic": {"username": "ada", "password": "long-password"},
    "http_bearer": {"token": "long-token"},
    "http_api_key": {"name": "X-Key", "key": "long-key-value"},
}


def _placed(kit: Any, **config: Any) -> NativeCall | OnRunner:
    op = kit.lower("http_request", {"url": URL, "credential": "c", **config}, input=1)
    assert isinstance(op, Invoke) and op.native is not None
    placed: NativeCall | OnRunner = op.native
    return placed


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"credential": None}, "without a credential"),
        ({"url": "http://api.example.com/"}, "public https"),
        ({"url": "{{ input.url }}"}, "public https"),
        ({"url": "https://api.example.com{{ input.rest }}"}, "public https"),
        ({"url": "https://{{ input.host }}/"}, "public https"),
        ({"url": "https://user@api.example.com/"}, "public https"),
        ({"url": "https://127.0.0.1/"}, "public https"),
        ({"url": "https://localhost/"}, "public https"),
        ({"timeout_seconds": 61}, "61 seconds"),
        ({"timeout_seconds": 0.5}, "0.5 seconds"),
        ({"fail_on_status": False}, "error status"),
        ({"follow_redirects": False}, "redirect"),
        ({"max_bytes": 100}, "cut"),
        ({"headers": {"Authorization": "x"}}, "header authorization"),
        ({"headers": {"X-Amz-Date": "x"}}, "header x-amz-date"),
        ({"headers": {"a b": "x"}}, "header a b"),
        ({"headers": "{{ input.headers }}"}, "only known in a run"),
        ({"query": "{{ input.query }}"}, "only known in a run"),
        ({"body": "hi", "body_type": "text"}, "JSON or a form"),
        ({"body": "{{ input.form }}", "body_type": "form"}, "only known in a run"),
        ({"body": "Hello {{ input.name }}"}, "text as it is"),
    ],
)
def test_what_the_host_cannot_do_alike_stays_on_a_runner(
    kit: Any, config: dict[str, Any], reason: str
) -> None:
    placed = _placed(kit, **config)
    assert isinstance(placed, OnRunner)
    assert reason.lower() in placed.reason.lower() and placed.hint


def test_a_call_of_the_host_names_its_connection_and_no_secret(kit: Any) -> None:
    placed = _placed(kit, method="PUT", url=URL + "/{{ input.id }}", body={"a": 1})
    assert isinstance(placed, NativeCall)
    sent = _evaluated(placed, {"id": 7})
    assert sent == {
        "ApiEndpoint": URL + "/7",
        "Method": "PUT",
        "Authentication": {"ConnectionArn": "connection:c"},
        "RequestBody": {"a": 1},
        "Headers": {"content-type": "application/json"},
    }


class _Client:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def request(self, method: str, url: str, **options: Any) -> HttpReply:
        self.asked.append((method, url, options))
        return HttpReply(200, {"content-type": "application/json"}, b'{"ok": true}', url)


class _Desk(StepDesk):
    def __init__(self, secret: ResolvedSecret) -> None:
        super().__init__()
        self.opened = secret

    async def connection(self, run: Any, credential_id: str) -> ResolvedSecret:
        assert (run, credential_id) == ({"id": "r"}, "c")
        return self.opened


async def _runner(function: str, payload: Any, deadline: float | None) -> Any:
    raise AssertionError("no runner is asked")


def _evaluated(call: NativeCall, seen: Any) -> dict[str, Any]:
    return {name: evaluate(e, lambda ref: seen) for name, e in call.arguments.items()}


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-99, 99), st.sampled_from(["", "a b", "ü&=", "x,y"]),
    st.lists(st.integers(0, 9), max_size=2),
)  # fmt: skip
_TEMPLATES = st.sampled_from(["{{ input.v }}", "it is {{ input.v }}", "{{ input.none }}"])
_FIELDS = st.dictionaries(
    st.sampled_from(["X-One", "two", "n"]), st.one_of(_VALUES, _TEMPLATES), max_size=3
)


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "HEAD"]), headers=_FIELDS,
    query=_FIELDS, form=st.booleans(), body=st.one_of(st.none(), _FIELDS), v=_VALUES,
    kind=st.sampled_from(sorted(SECRETS)),
)  # fmt: skip
def test_host_and_runner_send_the_same(
    kit: Any, step_of: Any, method: str, headers: Any, query: Any, form: bool, body: Any, v: Any,
    kind: str,
) -> None:  # fmt: skip
    config = {
        "url": URL + "/{{ input.v }}", "credential": "c", "method": method, "headers": headers,
        "query": query, "body": body, "body_type": "form" if form else "json",
    }  # fmt: skip
    op = kit.lower("http_request", config, input=1)
    seen = {"v": v, "none": None}
    secret = ResolvedSecret("c", kind, SECRETS[kind], ("api.example.com",))
    assert isinstance(op.native, NativeCall), op.native

    step = step_of(HttpReply(200, {}, b"", URL), secret)
    run = load_node("http_request").run
    assert run is not None
    run(kit.config("http_request", kit.arguments(op, input=seen)), {}, step)

    client = _Client()
    calls = HostCalls(_runner, client, _Desk(secret), lambda: 0.0)
    arguments = _evaluated(op.native, seen)
    payload = {"arguments": arguments, "input": {"run": {"id": "r"}}}
    asyncio.run(calls("http:invoke", payload, 30.0))

    wanted, found = _comparable(step.asked[-1]), _comparable(client.asked[-1])
    assert found == wanted


def _comparable(asked: Any) -> Any:
    """A request as it leaves: the client's JSON has its content type, the key is the host's."""
    method, url, options = asked
    headers = {name.lower(): value for name, value in options["headers"].items()}
    headers.pop("idempotency-key", None)
    if "json" in options:
        headers.setdefault("content-type", "application/json")
    kept = {k: options[k] for k in ("query", "json", "body", "auth", "timeout") if k in options}
    if "body" in kept:  # objects have no order
        kept["body"] = sorted(parse_qsl(kept["body"], keep_blank_values=True))
    return method, url, headers, kept, options["follow_redirects"], options["max_bytes"]


_TEXT = st.sampled_from(["", "a", "a, b", "ü"])
_BODIES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), _TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    body=_BODIES,
    headers=st.dictionaries(
        st.sampled_from(["Date", "X-Two", "etag"]), st.lists(_TEXT, min_size=1, max_size=3)
    ),
)
def test_the_host_reads_an_answer_as_the_run_view_does(kit: Any, body: Any, headers: Any) -> None:
    answer = {"StatusCode": 200, "Headers": headers, "ResponseBody": body}
    for name, reading in READINGS.items():
        found = kit.engine.compile(reading.jsonata).evaluate(None, {"r": answer})
        assert found == reading.read(answer), name


@pytest.mark.parametrize("name", PASSING)
def test_what_is_tried_again_has_the_name_of_what_may_pass(name: str) -> None:
    assert own_error(name) == "TransientStepError"


def test_other_statuses_are_final_and_other_names_stay() -> None:
    assert own_error("States.Http.StatusCode.404") == "PermanentStepError"
    assert own_error("States.DataLimitExceeded") == "States.DataLimitExceeded"
