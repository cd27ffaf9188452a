"""Says what the caller of a webhook that responds from a node gets back."""

from typing import Annotated

from pydantic import Field, JsonValue

from weft.expressions.ast import Object
from weft.ir.ops import Op, Result
from weft.nodekit.config import NodeConfig, Templated, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import given_or_input


class WebhookResponseConfig(NodeConfig):
    """The HTTP answer."""

    status: Annotated[int, Field(ge=200, le=599), Templated()] = Field(
        default=200, title="Status", description="HTTP status, 200 to 599."
    )
    headers: Annotated[dict[str, JsonValue], Templated()] = Field(
        default_factory=dict, title="Headers", description="Header values by name."
    )
    body: Value = Field(
        default=None,
        title="Body",
        description="Text is sent as text, anything else as JSON; what arrives, if left out.",
    )


def lower(node: BoundNode[WebhookResponseConfig]) -> Op:
    """`{status, headers, body}`; the first response node that fires answers the caller."""
    answer = Object(
        (
            ("status", node.value("status")),
            ("headers", node.value("headers")),
            ("body", given_or_input(node, "body")),
        )
    )
    return Result(answer, response=True)


NODE = NodeType(
    name="webhook_response",
    version=1,
    title="Respond to webhook",
    description="The answer to the caller of a webhook that is set to respond from a node.",
    category=Category.APP,
    config=WebhookResponseConfig,
    lower=lower,
    outputs=(),
    aliases=("respond_to_webhook",),
    icon="reply",
)
