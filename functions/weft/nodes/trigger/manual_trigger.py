"""Starts a run when a person, an API call or another workflow asks; passes on what they give."""

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
    return Start({"output": Get(TRIGGER, "data")}, callable=True)


NODE = NodeType(
    name="manual_trigger",
    version=1,
    title="Start by hand",
    description="Starts when somebody runs the workflow, or an API call or another workflow "
    "does. Its output is the run's input.",
    category=Category.TRIGGER,
    config=ManualTriggerConfig,
    lower=lower,
    inputs=(),
    outputs=(Port("output", description="The run's input"),),
    aliases=("manual", "api_trigger"),
    icon="play",
)
