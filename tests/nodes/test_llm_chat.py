"""The node type `llm_chat`."""

from typing import Any

import pytest
from pydantic import ValidationError

from weft.domain.credential import ResolvedSecret
from weft.domain.errors import PermanentStepError
from weft.ir.ops import Invoke
from weft.ports.chat import ChatMessage, ChatReply, Tool, ToolCall

BASE = {"credential": "c", "model": "m"}


@pytest.fixture
def asked(kit: Any, step: Any) -> Any:
    """Asks with a config; gives the answer and the request that was made."""
    step.secret = ResolvedSecret("c", "openai_compatible", {"api_key": "k"})

    def ask(reply: ChatReply | None = None, **config: Any) -> tuple[dict[str, Any], Any]:
        step.reply = reply or ChatReply("hi", "m-1", 10, 5, 0.25)
        return kit.run("llm_chat", {**BASE, **config}, step), step.asked[-1]

    return ask


def test_the_prompt_is_what_arrives_unless_something_is_asked(kit: Any) -> None:
    op = kit.lower("llm_chat", BASE, input=1)
    assert isinstance(op, Invoke) and not op.idempotent
    assert (op.group, op.credential) == ("ai", "c")
    assert kit.arguments(op, input={"q": 1})["prompt"] == '{"q":1}'
    told = kit.lower("llm_chat", {**BASE, "messages": "{{ input }}"}, input=1)
    assert kit.arguments(told, input=[])["prompt"] is None


def test_a_question_becomes_a_request(asked: Any) -> None:
    answer, request = asked(
        system="S", prompt="P", temperature=0, max_tokens=7, response_format="json"
    )
    assert request.messages == [ChatMessage("system", "S"), ChatMessage("user", "P")]
    assert (request.temperature, request.max_tokens, request.json_mode) == (0, 7, True)
    assert request.credential.values == {"api_key": "k"}
    assert answer["response"] == "hi"
    assert answer["usage"] == {
        "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost_usd": 0.25,
        "model": "m-1", "finish_reason": "stop",
    }  # fmt: skip


def test_the_defaults_are_the_documented_ones(asked: Any) -> None:
    _, request = asked(prompt="P")
    assert (request.temperature, request.max_tokens, request.json_mode) == (0.7, 4096, False)


def test_a_conversation_with_tools_goes_there_and_back(asked: Any) -> None:
    wish = ToolCall("t1", "add", {"a": 1}, '{"a": 1}')
    first, request = asked(
        ChatReply("", "m", 1, 1, None, (wish,), "tool_calls"),
        prompt="1+1?",
        tools=[{"type": "function", "function": {"name": "add", "parameters": {"x": 1}}}],
    )
    assert request.tools == (Tool("add", "", {"x": 1}),)
    assert first["tool_calls"] == [
        {"id": "t1", "name": "add", "arguments": {"a": 1}, "raw": '{"a": 1}'}
    ]
    talk = [
        {"role": "assistant", "content": None, "tool_calls": first["tool_calls"]},
        {"role": "tool", "content": "2", "tool_call_id": "t1"},
    ]
    _, again = asked(messages=talk)
    assert again.messages == [
        ChatMessage("assistant", "", (ToolCall("t1", "add", {"a": 1}),)),
        ChatMessage("tool", "2", (), "t1"),
    ]


def test_an_answer_that_was_cut_off_is_noted(asked: Any, step: Any) -> None:
    asked(ChatReply("h", "m", 1, 9, None, (), "length"), prompt="P")
    assert [level for level, _, _ in step.lines] == ["warning"]


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"system": "S"}, "nothing to ask"),
        ({"prompt": ""}, "nothing to ask"),
        ({"messages": [{"role": "boss", "content": "x"}]}, "a message is malformed: role"),
        ({"messages": ["x"]}, "a message is malformed"),
        ({"prompt": "P", "tools": [{"description": "x"}]}, "a tool is malformed: name"),
    ],
)
def test_what_cannot_be_asked_is_refused_for_good(
    asked: Any, config: dict[str, Any], says: str
) -> None:
    with pytest.raises(PermanentStepError, match=says):
        asked(**config)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"model": "m"}, "credential"),
        ({"credential": "c"}, "model"),
        ({**BASE, "model": " "}, "name a model"),
        ({**BASE, "temperature": 2.1}, "less than or equal to 2"),
        ({**BASE, "temperature": -0.1}, "greater than or equal to 0"),
        ({**BASE, "max_tokens": 0}, "greater than or equal to 1"),
        ({**BASE, "api_key": "k"}, "api_key"),
    ],
)
def test_a_wrong_config_says_what(kit: Any, config: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        kit.bind("llm_chat", config)
