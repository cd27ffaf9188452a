"""Chat with a language model, whoever serves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from weft.domain.credential import ResolvedSecret


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may ask for. `parameters` is a JSON Schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. `arguments`: None where it wrote no JSON object (see `raw`)."""

    id: str
    name: str
    arguments: Mapping[str, Any] | None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn. `role`: system, user, assistant, or tool (the answer to `tool_call_id`).

    `content` is text, or a list of OpenAI content parts (text, image_url …).
    """

    role: str
    content: str | Sequence[Mapping[str, Any]] = ""
    tool_calls: Sequence[ToolCall] = ()
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to a model; what is None is left to the vendor.

    `credential` holds `api_key` and perhaps `base_url` and `organization`; `base_url` here wins.
    `response_schema` asks for JSON of that schema; `json_mode` for any JSON object. `timeout` is
    the total in seconds.
    """

    model: str
    messages: Sequence[ChatMessage]
    credential: ResolvedSecret | None = field(default=None, repr=False)
    base_url: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    stop: Sequence[str] = ()
    seed: int | None = None
    tools: Sequence[Tool] = ()
    tool_choice: str | None = None  # auto, none, required, or a tool's name
    json_mode: bool = False
    response_schema: Mapping[str, Any] | None = None
    timeout: float = 60.0
    extra: Mapping[str, Any] = field(default_factory=dict)  # vendor's own parameters


@dataclass(frozen=True, slots=True)
class ChatReply:
    """The model's answer. `cost_usd` is an estimate; None for a model without a known price.

    `finish_reason` is the vendor's word: stop, length, tool_calls, content_filter.
    """

    content: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str = "stop"


class ChatModel(Protocol):
    """Asks once; retries are the run's business."""

    def chat(self, request: ChatRequest) -> ChatReply:
        """The answer.

        Raises `TransientStepError` for rate limits, time-outs and the vendor's failures,
        `PermanentStepError` for a request or key the vendor refuses, and `StepRefused` for an
        address that Weft must not reach or a missing credential.
        """
        ...
