"""Writes a value as compact JSON text."""

from pydantic import Field

from weft.expressions.ast import Call
from weft.ir.ops import Compute, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import given_or_input


class JsonStringifyConfig(NodeConfig):
    """What is written."""

    value: Value = Field(
        default=None, title="Value", description="Any value; what arrives, if left out."
    )


def lower(node: BoundNode[JsonStringifyConfig]) -> Op:
    """JSON text with sorted keys, so that equal values give equal text."""
    return Compute({"output": Call("tojson", (given_or_input(node, "value"),))})


NODE = NodeType(
    name="json_stringify",
    version=1,
    title="Write JSON",
    description="A value as compact JSON text, keys sorted.",
    category=Category.DATA,
    config=JsonStringifyConfig,
    lower=lower,
    outputs=(Port("output", Kind.STRING, description="The JSON text"),),
    icon="braces",
)
