"""Reads JSON text; null where the text is not JSON."""

from pydantic import Field

from weft.expressions.ast import Call, If
from weft.ir.ops import Compute, Op
from weft.ir.ports import Port
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import given_or_input, is_kind


class JsonParseConfig(NodeConfig):
    """What is read."""

    value: Value = Field(
        default=None, title="Text", description="The JSON text; what arrives, if left out."
    )


def lower(node: BoundNode[JsonParseConfig]) -> Op:
    """The value of a text; what is no text has been read already and goes on as it is."""
    given = given_or_input(node, "value")
    return Compute({"output": If(is_kind(given, "string"), Call("fromjson", (given,)), given)})


NODE = NodeType(
    name="json_parse",
    version=1,
    title="Parse JSON",
    description="The value of a JSON text. Text that is not JSON gives null.",
    category=Category.DATA,
    config=JsonParseConfig,
    lower=lower,
    outputs=(Port("output", description="The value, or null"),),
    icon="braces",
)
