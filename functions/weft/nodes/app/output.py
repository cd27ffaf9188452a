"""Names a result of the run."""

from pydantic import Field

from weft.ir.ops import Op, Result
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import given_or_input


class OutputConfig(NodeConfig):
    """What the result is."""

    value: Value = Field(
        default=None, title="Value", description="The result; what arrives, if left out."
    )


def lower(node: BoundNode[OutputConfig]) -> Op:
    """A result under the node's id."""
    return Result(given_or_input(node, "value"))


NODE = NodeType(
    name="output",
    version=1,
    title="Output",
    description="A result of the run, under the id of the node.",
    category=Category.APP,
    config=OutputConfig,
    lower=lower,
    outputs=(),
    aliases=("workflow_output",),
    icon="flag",
)
