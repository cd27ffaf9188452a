"""Chat over OpenAI's protocol, against a real server on this machine that speaks it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from weft.adapters.ai.openai_chat import OpenAiChat
from weft.adapters.ai.prices import cost_usd
from weft.adapters.http.client import GuardedHttpClient
from weft.domain.credential import ResolvedSecret
from weft.domain.errors import PermanentStepError, StepRefused, TransientStepError
from weft.ports.chat import ChatMessage, ChatRequest, Tool, ToolCall

if TYPE_CHECKING:
    from tests.adapters.conftest import Asked, Server

KEY = "sk-test-0123456789"


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


def completion(**message: Any) -> Answer:
    return Answer(
        body=orjson.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1,
                "model": "gpt-4o-mini-2024-07-18",
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "tool_calls" if message.get("tool_calls") else "stop",
                        "message": {"role": "assistant", "content": None, **message},
                    }
                ],
                "usage": {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
            }
        )
    )


def question(server: "Server", **changes: Any) -> ChatRequest:
    credential = ResolvedSecret("c", "openai", {"api_key": KEY}, ("127.0.0.1",))
    given: dict[str, Any] = {
        "model": "gpt-4o-mini",
        "messages": [ChatMessage("user", "Hi")],
        "credential": credential,
        "base_url": f"{server.url}/v1",
        "timeout": 5.0,
    }
    return ChatRequest(**(given | changes))


@pytest.fixture
def model() -> OpenAiChat:
    return OpenAiChat(GuardedHttpClient(allow=["127.0.0.1/32"]))


def always(answer: Answer) -> "Callable[[Asked], Answer]":
    return lambda asked: answer


def test_a_question_gets_its_answer_with_tokens_and_cost(
    server: "Server", model: OpenAiChat
) -> None:
    server.respond = always(completion(content="Hello"))
    reply = model.chat(
        question(server, temperature=0.2, max_tokens=50, stop=["END"], json_mode=True)
    )
    assert (reply.content, reply.finish_reason) == ("Hello", "stop")
    assert (reply.input_tokens, reply.output_tokens) == (1000, 200)
    assert reply.cost_usd == pytest.approx(0.00027)
    [asked] = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert orjson.loads(asked.body) == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.2,
        "max_completion_tokens": 50,
        "stop": ["END"],
        "response_format": {"type": "json_object"},
    }


def test_tools_go_out_and_their_calls_come_back(server: "Server", model: OpenAiChat) -> None:
    def called(id: str, arguments: str) -> dict[str, Any]:
        function = {"name": "find", "arguments": arguments}
        return {"id": id, "type": "function", "function": function}

    server.respond = always(
        completion(tool_calls=[called("c1", '{"q": "x"}'), called("c2", "{broken")])
    )
    reply = model.chat(
        question(
            server,
            tools=[Tool("find", "Finds", {"type": "object"})],
            tool_choice="find",
            messages=[
                ChatMessage("user", "Find it"),
                ChatMessage("assistant", "", tool_calls=[ToolCall("c0", "find", {"q": "y"})]),
                ChatMessage("tool", "nothing", tool_call_id="c0"),
            ],
        )
    )
    assert reply.tool_calls == (
        ToolCall("c1", "find", {"q": "x"}, '{"q": "x"}'),
        ToolCall("c2", "find", None, "{broken"),
    )
    sent = orjson.loads(server.asked[0].body)
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "find"}}
    assert sent["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"q":"y"}'
    assert sent["messages"][2] == {"role": "tool", "content": "nothing", "tool_call_id": "c0"}


def failing(status: int, code: str = "bad") -> Answer:
    body = orjson.dumps({"error": {"message": "no", "type": "t", "code": code}})
    return Answer(status, body)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_passes_may_be_tried_again_by_the_run_and_is_asked_once(
    server: "Server", model: OpenAiChat, status: int
) -> None:
    server.respond = always(failing(status))
    with pytest.raises(TransientStepError, match=str(status)):
        model.chat(question(server))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(400, "bad"), (401, "bad"), (404, "bad"), (429, "insufficient_quota")]
)
def test_what_the_vendor_refuses_is_not_tried_again(
    server: "Server", model: OpenAiChat, status: int, code: str
) -> None:
    server.respond = always(failing(status, code))
    with pytest.raises(PermanentStepError, match=str(status)):
        model.chat(question(server))


def test_a_slow_model_may_be_asked_again(server: "Server", model: OpenAiChat) -> None:
    import threading

    release = threading.Event()

    def slow(asked: "Asked") -> Answer:
        release.wait(5)
        return completion(content="late")

    server.respond = slow
    with pytest.raises(TransientStepError, match="no complete answer"):
        model.chat(question(server, timeout=0.3))
    release.set()


@pytest.mark.parametrize("body", [b"{}", b'{"choices": []}', b"[]", b'{"choices": [{}]}'])
def test_an_answer_of_another_shape_says_so(
    server: "Server", model: OpenAiChat, body: bytes
) -> None:
    server.respond = always(Answer(200, body))
    with pytest.raises(PermanentStepError, match="did not answer as"):
        model.chat(question(server))


def test_an_answer_that_is_no_json_may_mend(server: "Server", model: OpenAiChat) -> None:
    server.respond = always(Answer(200, b"<html>gateway</html>", {"Content-Type": "text/html"}))
    with pytest.raises(TransientStepError, match="no JSON"):
        model.chat(question(server))


def test_the_key_goes_to_its_hosts_only(server: "Server", model: OpenAiChat) -> None:
    elsewhere = ResolvedSecret("c", "openai", {"api_key": KEY}, ("api.openai.com",))
    with pytest.raises(StepRefused, match="allowed hosts"):
        model.chat(question(server, credential=elsewhere))
    assert server.asked == []


def test_a_private_address_is_refused_for_models_too(server: "Server") -> None:
    with pytest.raises(StepRefused, match="private"):
        OpenAiChat(GuardedHttpClient()).chat(question(server))
    assert server.asked == []


def test_the_vendor_itself_needs_a_credential(server: "Server", model: OpenAiChat) -> None:
    with pytest.raises(StepRefused, match="needs a credential"):
        model.chat(question(server, credential=None, base_url=None))


def test_a_model_of_ones_own_needs_none(server: "Server", model: OpenAiChat) -> None:
    server.respond = always(completion(content="Hello"))
    assert model.chat(question(server, credential=None)).content == "Hello"
    assert "openai-organization" not in server.asked[0].headers


def test_an_unknown_model_has_no_price() -> None:
    assert cost_usd("llama-9", 10, 10) is None
    assert cost_usd("gpt-4o-2024-08-06", 1_000_000, 0) == 2.5
