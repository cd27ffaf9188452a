"""Asks a language model, at OpenAI or at any server that speaks its API."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from weft.domain.errors import PermanentStepError
from weft.expressions.ast import Call
from weft.ir.ops import Invoke, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig, Templated, Text
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, Need, NodeType
from weft.nodes.chat_form import message_of, shown_call, tool_of
from weft.nodes.credentials import OPENAI_COMPATIBLE
from weft.ports.chat import ChatMessage, ChatReply, ChatRequest


class LlmChatConfig(NodeConfig):
    """The question and how it is answered."""

    credential: str = Field(
        min_length=1, title="Credential", description="API key and base URL of the model's server."
    )
    model: Text = Field(
        title="Model", description="Name of the model as its server knows it, such as gpt-4o-mini."
    )
    system: Text | None = Field(
        default=None, title="System", description="What the model is and how it should answer."
    )
    prompt: Text | None = Field(
        default=None,
        title="Prompt",
        description="What is asked. Left out, with no messages: what arrives, as text.",
    )
    messages: Annotated[list[JsonValue], Templated()] | None = Field(
        default=None,
        title="Messages",
        description="A conversation before the prompt: objects with role and content.",
    )
    temperature: Annotated[float, Field(ge=0, le=2), Templated()] | None = Field(
        default=0.7,
        title="Temperature",
        description="0 is most predictable, 2 most varied; null for models that take none.",
    )
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000), Templated()] | None = Field(
        default=4096, title="Longest answer", description="In tokens."
    )
    tools: Annotated[list[JsonValue], Templated()] = Field(
        default_factory=list,
        title="Tools",
        description="Functions the model may ask for: objects with name, description, parameters.",
    )
    response_format: Literal["text", "json"] = Field(
        default="text",
        title="Answer as",
        description="json asks the model for a JSON object; the answer is still text.",
    )
    timeout_seconds: float = Field(
        default=60, gt=0, le=600, title="Time limit", description="Seconds for the answer."
    )

    @model_validator(mode="after")
    def _names_a_model(self) -> Self:
        if isinstance(self.model, str) and not self.model.strip():
            raise ValueError("name a model")
        return self


def lower(node: BoundNode[LlmChatConfig]) -> Op:
    """A call in the runner group of models; an answer costs money, but asking changes nothing."""
    config = node.values()
    if node.config.prompt is None and node.config.messages is None:
        config["prompt"] = Call("string", (node.input(),))
    return Invoke(
        "ai",
        NODE.name,
        NODE.version,
        config,
        credential=node.config.credential,
        outputs=("response", "usage", "tool_calls"),
        repeatable=True,
    )


def run(config: LlmChatConfig, inputs: Data, ctx: StepContext) -> Data:
    """The answer's text, what it cost, and the tools the model asks for."""
    request = ChatRequest(
        model=config.model,
        messages=_conversation(config),
        credential=ctx.secrets.resolve(config.credential),
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        tools=tuple(tool_of(item) for item in config.tools),
        json_mode=config.response_format == "json",
        timeout=config.timeout_seconds,
    )
    reply = ctx.chat.chat(request)
    if reply.finish_reason == "length":
        ctx.log.warning(
            "The answer was cut off at the longest answer's length", limit=config.max_tokens
        )
    return {
        "response": reply.content,
        "usage": _usage(reply),
        "tool_calls": [shown_call(call) for call in reply.tool_calls],
    }


def _conversation(config: LlmChatConfig) -> list[ChatMessage]:
    talk = [ChatMessage("system", config.system)] if config.system else []
    talk += [message_of(item) for item in config.messages or ()]
    if config.prompt:
        talk.append(ChatMessage("user", config.prompt))
    if all(message.role == "system" for message in talk):
        raise PermanentStepError("there is nothing to ask: prompt and messages are empty")
    return talk


def _usage(reply: ChatReply) -> dict[str, Any]:
    return {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
        "cost_usd": reply.cost_usd,
        "model": reply.model,
        "finish_reason": reply.finish_reason,
    }


NODE: NodeType[LlmChatConfig] = NodeType(
    name="llm_chat",
    version=1,
    title="Chat with a model",
    description="Asks a language model and gives back its answer.",
    category=Category.AI,
    config=LlmChatConfig,
    lower=lower,
    outputs=(
        Port("response", Kind.STRING, description="The answer"),
        Port("usage", Kind.OBJECT, description="Tokens, estimated cost, model, why it stopped"),
        Port("tool_calls", Kind.ARRAY, description="Tools the model asks for"),
    ),
    run=run,
    group="ai",
    needs=frozenset({Need.CHAT, Need.SECRETS}),
    credentials=(OPENAI_COMPATIBLE,),
    aliases=("openai_chat", "chat"),
    icon="message-circle",
)
