"""Messages and tools as an author writes them (OpenAI's form), read for a chat model."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weft.domain.errors import PermanentStepError
from weft.ports.chat import ChatMessage, Tool, ToolCall


class _Open(BaseModel):
    """Vendors add keys; those that mean nothing here are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Asked(_Open):
    id: str
    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class _Message(_Open):
    role: Literal["system", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None
    tool_calls: tuple[_Asked, ...] = ()
    tool_call_id: str | None = None


class _Tool(_Open):
    name: str = Field(min_length=1)
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})


def message_of(written: Any) -> ChatMessage:
    """Raises `PermanentStepError` that says what the message lacks."""
    read = _read(_Message, written, "a message")
    calls = tuple(ToolCall(call.id, call.name, call.arguments) for call in read.tool_calls)
    return ChatMessage(read.role, read.content or "", calls, read.tool_call_id)


def tool_of(written: Any) -> Tool:
    """A tool, bare or inside OpenAI's `{"type": "function", "function": {…}}`."""
    inner = written.get("function") if isinstance(written, dict) else None
    read = _read(_Tool, inner if isinstance(inner, dict) else written, "a tool")
    return Tool(read.name, read.description, read.parameters)


def shown_call(call: ToolCall) -> dict[str, Any]:
    """A call as JSON; it can be handed back in a message's `tool_calls`."""
    return {"id": call.id, "name": call.name, "arguments": call.arguments, "raw": call.raw}


def _read(form: type[Any], written: Any, what: str) -> Any:
    try:
        return form.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise PermanentStepError(f"{what} is malformed: {where}: {first['msg']}") from None
