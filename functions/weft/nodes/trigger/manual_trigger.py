"""Starts a run when a person or an API call asks for it; its output is what they hand in."""

from weft.expressions.ast import Get
from weft.ir.ops import Op, Start
from weft.ir.ports import Port
from weft.nodekit.config import NodeConfig
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import TRIGGER


class ManualTriggerConfig(NodeConfig):
    """Nothing to set."""


def lower(node: BoundNode[ManualTriggerConfig]) -> Op:
    """The run's input on the one port."""
    return Start({"output": Get(TRIGGER, "data")})


NODE = NodeType(
    name="manual_trigger",
    version=1,
    title="Start by hand",
    description="Starts when somebody runs the workflow, or an API call does. "
    "Its output is the run's input.",
    category=Category.TRIGGER,
    config=ManualTriggerConfig,
    lower=lower,
    inputs=(),
    outputs=(Port("output", description="The run's input"),),
    aliases=("manual", "api_trigger"),
    icon="play",
)
