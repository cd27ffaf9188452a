"""The node type `http_request`."""

from typing import Any

import pytest
from pydantic import ValidationError

from weft.domain.credential import ResolvedSecret
from weft.domain.errors import PermanentStepError, StepRefused, TransientStepError
from weft.ir.ops import Invoke
from weft.ports.http import HttpReply

URL = "https://api.example.com/orders?key=hidden"
JSON = {"content-type": "application/json; charset=utf-8"}
IMAGE = {"content_type": "image/png", "base64": "iVBORw=="}


def _reply(
    status: int = 200, headers: dict[str, str] | None = None, body: bytes = b""
) -> HttpReply:
    return HttpReply(status, headers or {}, body, URL)


def _sent(kit: Any, step: Any, **config: Any) -> tuple[str, str, dict[str, Any]]:
    step.reply = _reply()
    kit.run("http_request", {"url": URL, **config}, step)
    asked: tuple[str, str, dict[str, Any]] = step.asked[-1]
    return asked


def test_a_call_goes_to_the_network_runner_with_its_credential(kit: Any) -> None:
    op = kit.lower("http_request", {"url": "{{ input.url }}", "credential": "c"}, input=1)
    assert isinstance(op, Invoke)
    assert (op.group, op.credential, op.outputs) == ("net", "c", ("response", "status", "headers"))
    read = kit.config("http_request", kit.arguments(op, input={"url": "https://x/{{y}}"}))
    assert read.url == "https://x/{{y}}" and read.credential == "c"


@pytest.mark.parametrize(
    ("method", "safe"),
    [("GET", True), ("PUT", True), ("DELETE", True), ("POST", False), ("PATCH", False)],
)
def test_what_may_be_done_twice_follows_from_the_method(
    kit: Any, step: Any, method: str, safe: bool
) -> None:
    op = kit.lower("http_request", {"url": URL, "method": method})
    assert isinstance(op, Invoke) and op.idempotent is safe
    _, _, options = _sent(kit, step, method=method)
    assert options["headers"].get("idempotency-key") == (None if safe else "r/n/")


def test_the_request_is_as_it_was_written(kit: Any, step: Any) -> None:
    method, url, options = _sent(
        kit, step, method="POST", headers={"X-Id": 7, "x-none": None, "X-On": True},
        query={"tag": ["a", 1], "none": None, "q": "ü"}, body={"a": [None]}, timeout_seconds=5,
        follow_redirects=False, max_bytes=10,
    )  # fmt: skip
    assert (method, url) == ("POST", URL)
    assert options["headers"] == {"x-id": "7", "x-on": "true", "idempotency-key": "r/n/"}
    assert options["query"] == {"tag": ["a", "1"], "q": "ü"}
    assert options["json"] == {"a": [None]}
    assert (options["timeout"], options["follow_redirects"], options["max_bytes"]) == (5, False, 10)


def test_a_body_is_written_as_its_type_says(kit: Any, step: Any) -> None:
    _, _, form = _sent(kit, step, method="PUT", body={"a": "x y", "b": [1, 2]}, body_type="form")
    assert form["body"] == "a=x+y&b=1&b=2"
    assert form["headers"]["content-type"] == "application/x-www-form-urlencoded"
    _, _, text = _sent(kit, step, body="hi", body_type="text", headers={"Content-Type": "text/csv"})
    assert (text["body"], text["headers"]["content-type"]) == ("hi", "text/csv")
    with pytest.raises(PermanentStepError, match="form body"):
        _sent(kit, step, body=[1], body_type="form")


@pytest.mark.parametrize(
    ("type", "values", "field", "wanted"),
    [
        ("http_basic", {"username": "u", "password": "p"}, "auth", ("u", "p")),
        ("http_bearer", {"token": "t"}, "headers", {"authorization": "Bearer t"}),
        ("http_api_key", {"key": "k", "name": "X-Key"}, "headers", {"x-key": "k"}),
        ("http_api_key", {"key": "k", "name": "key", "placement": "query"}, "query", {"key": "k"}),
    ],
)
def test_a_credential_goes_where_its_type_says(
    kit: Any, step: Any, type: str, values: dict[str, str], field: str, wanted: Any
) -> None:
    step.secret = ResolvedSecret("c", type, values, ("api.example.com",))
    _, _, options = _sent(kit, step, credential="c", headers={"authorization": "mine"})
    if field == "headers":
        assert wanted.items() <= options["headers"].items()
    else:
        assert options[field] == wanted


def test_a_credential_of_another_kind_is_not_sent(kit: Any, step: Any) -> None:
    step.secret = ResolvedSecret("c", "openai_compatible", {"api_key": "k"})
    with pytest.raises(StepRefused, match="openai_compatible"):
        _sent(kit, step, credential="c")


@pytest.mark.parametrize(
    ("headers", "body", "wanted"),
    [
        (JSON, b'{"a": [1]}', {"a": [1]}),
        ({"content-type": "application/problem+json"}, b"[]", []),
        (JSON, b"not json", "not json"),
        ({"content-type": "text/html; charset=latin-1"}, b"\xe9", "é"),
        ({}, "é".encode(), "é"),
        ({"content-type": "image/png"}, b"\x89PNG", IMAGE),
        (JSON, b"", None),
    ],
)  # fmt: skip
def test_the_answer_is_read_by_its_content_type(
    kit: Any, step: Any, headers: dict[str, str], body: bytes, wanted: Any
) -> None:
    step.reply = _reply(201, headers, body)
    answer = kit.run("http_request", {"url": URL}, step)
    assert answer == {"response": wanted, "status": 201, "headers": headers}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, PermanentStepError),
        (404, PermanentStepError),
        (408, TransientStepError),
        (429, TransientStepError),
        (500, TransientStepError),
        (503, TransientStepError),
    ],
)
def test_an_error_status_fails_in_a_way_that_says_whether_to_try_again(
    kit: Any, step: Any, status: int, error: type[Exception]
) -> None:
    step.reply = _reply(status, {}, b"no\n such  order")
    with pytest.raises(error) as caught:
        kit.run("http_request", {"url": URL}, step)
    assert str(caught.value) == (
        f"GET https://api.example.com/orders answered {status}: no such order"
    )
    told = kit.run("http_request", {"url": URL, "fail_on_status": False}, step)
    assert told["status"] == status


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"url": URL, "method": "TRACE"},
        {"url": URL, "timeout_seconds": 0},
        {"url": URL, "timeout_seconds": 301},
        {"url": URL, "headers": []},
        {"url": URL, "max_bytes": 0},
        {"url": URL, "api_key": "k"},
    ],
)
def test_a_wrong_config_is_refused(kit: Any, config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kit.bind("http_request", config)
