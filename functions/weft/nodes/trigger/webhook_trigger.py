"""Starts a run when a program calls the workflow's URL, after checking who calls."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from weft.expressions.ast import Get
from weft.ir.ops import Op, Start
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.credentials import HTTP_BASIC, HTTP_BEARER, WEBHOOK_SECRET
from weft.nodes.values import TRIGGER

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


def _plain_path(path: str) -> str:
    if any(part in (".", "..") for part in path.split("/")):
        raise ValueError("a path may not hold . or ..")
    return path.strip("/")


class WebhookTriggerConfig(NodeConfig):
    """How the hook is called, who may, and what the caller gets back."""

    path: Annotated[str, AfterValidator(_plain_path)] = Field(
        default="",
        max_length=200,
        pattern=r"^[A-Za-z0-9._~/-]*$",
        title="Path",
        description="What follows the workflow's hook URL; may be empty.",
    )
    methods: tuple[Method, ...] = Field(
        default=("POST",), min_length=1, title="Methods", description="HTTP methods that are taken."
    )
    auth: Literal["none", "signature", "bearer", "basic"] = Field(
        default="none",
        title="Proof",
        description="How a caller proves who it is: an HMAC-SHA256 signature of the body, a "
        "bearer token, or user and password.",
    )
    credential: str | None = Field(
        default=None, title="Credential", description="The stored secret the proof is checked with."
    )
    signature_header: str = Field(
        default="X-Hub-Signature-256",
        pattern=r"^[A-Za-z0-9-]{1,100}$",
        title="Signature header",
        description="Where the signature comes: hex or base64, with or without sha256= before it.",
    )
    respond: Literal["immediately", "when_finished", "from_node"] = Field(
        default="immediately",
        title="Respond",
        description="At once with the run's id, at the end with its output, or with what a "
        "webhook response node says.",
    )
    timeout_seconds: float = Field(
        default=30,
        gt=0,
        le=60,
        title="Response timeout",
        description="Seconds a caller waits for the end before it gets the run's id instead.",
    )

    @model_validator(mode="after")
    def _proof_is_whole(self) -> Self:
        if self.auth == "none" and self.credential is not None:
            raise ValueError(
                "a credential is named but proof is none, so anybody could call; "
                "choose signature, bearer or basic"
            )
        if self.auth != "none" and self.credential is None:
            raise ValueError(f"proof by {self.auth} requires a credential; choose or add one")
        return self


def lower(node: BoundNode[WebhookTriggerConfig]) -> Op:
    """Each part of the call on a port of its own."""
    return Start(
        {
            "body": Get(TRIGGER, "data"),
            "headers": Get(TRIGGER, "headers"),
            "query": Get(TRIGGER, "query"),
            "method": Get(TRIGGER, "method"),
        }
    )


NODE = NodeType(
    name="webhook_trigger",
    version=1,
    title="Webhook",
    description="Starts when a program calls the workflow's URL.",
    category=Category.TRIGGER,
    config=WebhookTriggerConfig,
    lower=lower,
    inputs=(),
    outputs=(
        Port("body", description="The call's body: JSON, form fields as an object, or text"),
        Port("headers", Kind.OBJECT, description="Header values by name in lower case"),
        Port("query", Kind.OBJECT, description="Query parameters by name"),
        Port("method", Kind.STRING, description="The HTTP method"),
    ),
    credentials=(WEBHOOK_SECRET, HTTP_BEARER, HTTP_BASIC),
    aliases=("http_webhook", "webhook"),
    icon="webhook",
)
