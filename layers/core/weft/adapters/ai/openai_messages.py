"""Our chat request and reply in the words of OpenAI's chat completions."""

from collections.abc import Mapping
from typing import Any

import orjson

from weft.adapters.ai.prices import cost_usd
from weft.domain.errors import PermanentStepError
from weft.ports.chat import ChatMessage, ChatReply, ChatRequest, ToolCall

_PLAIN_CHOICES = ("auto", "none", "required")


def body_of(request: ChatRequest) -> dict[str, Any]:
    """The request's body; what was left out stays out."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
        "temperature": request.temperature,
        "max_completion_tokens": request.max_tokens,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop": list(request.stop) or None,
        "response_format": _format(request),
    }
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.parameters),
                },
            }
            for tool in request.tools
        ]
        body["tool_choice"] = _choice(request.tool_choice)
    return {k: v for k, v in body.items() if v is not None} | dict(request.extra)


def _message(message: ChatMessage) -> dict[str, Any]:
    content = message.content
    told: dict[str, Any] = {
        "role": message.role,
        "content": content if isinstance(content, str) else [dict(part) for part in content],
    }
    if message.tool_calls:
        told["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": _arguments(call)},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        told["tool_call_id"] = message.tool_call_id
    return told


def _arguments(call: ToolCall) -> str:
    return call.raw or orjson.dumps(dict(call.arguments or {})).decode()


def _format(request: ChatRequest) -> dict[str, Any] | None:
    if request.response_schema is not None:
        schema = {"name": "answer", "schema": dict(request.response_schema)}
        return {"type": "json_schema", "json_schema": schema}
    return {"type": "json_object"} if request.json_mode else None


def _choice(choice: str | None) -> Any:
    if choice is None or choice in _PLAIN_CHOICES:
        return choice
    return {"type": "function", "function": {"name": choice}}


def reply_of(answer: Mapping[str, Any], asked: ChatRequest) -> ChatReply:
    """Raises `PermanentStepError` when the answer has another shape than promised."""
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        calls = tuple(_tool_call(call) for call in message.get("tool_calls") or ())
        usage = answer.get("usage") or {}
        spent = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise PermanentStepError(
            "the model's address did not answer as OpenAI's chat completions do"
        ) from error
    model = str(answer.get("model") or asked.model)
    return ChatReply(
        content=str(message.get("content") or message.get("refusal") or ""),
        model=model,
        input_tokens=spent[0],
        output_tokens=spent[1],
        cost_usd=cost_usd(model, *spent) if usage else None,
        tool_calls=calls,
        finish_reason=str(choice.get("finish_reason") or "stop"),
    )


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    raw = str(call["function"].get("arguments") or "{}")
    try:
        arguments = orjson.loads(raw)
    except orjson.JSONDecodeError:
        arguments = None
    return ToolCall(
        id=str(call["id"]),
        name=str(call["function"]["name"]),
        arguments=arguments if isinstance(arguments, dict) else None,
        raw=raw,
    )
