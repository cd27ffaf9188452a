"""Runs another workflow to its end and passes on its result."""

from pydantic import Field

from weft.ir.ops import Call, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType, expression_of


class RunWorkflowConfig(NodeConfig):
    """Which workflow, and what it is started with."""

    workflow: str = Field(
        min_length=1,
        max_length=500,
        title="Workflow",
        description="Id of a published workflow that can be started by hand; on the command line "
        "also a file next to this graph, such as ./other.json.",
    )
    version: int | None = Field(
        default=None,
        ge=1,
        title="Version",
        description="Which published version; if left out, the one that is live when this "
        "workflow is published.",
    )
    inputs: dict[str, Value] = Field(
        default_factory=dict,
        title="Inputs",
        description="What it is started with, by the names that it declares.",
    )


def lower(node: BoundNode[RunWorkflowConfig]) -> Op:
    """The call; what it calls is looked up when the graph is checked."""
    config = node.config
    inputs = {name: expression_of(value) for name, value in config.inputs.items()}
    return Call(config.workflow, config.version, inputs)


NODE = NodeType(
    name="run_workflow",
    version=1,
    title="Run a workflow",
    description="Runs another workflow as a part of this one. Its output is that one's result.",
    category=Category.FLOW,
    config=RunWorkflowConfig,
    lower=lower,
    outputs=(Port("output", Kind.OBJECT, description="The result, by result node"),),
    calls=True,
    aliases=("subflow", "call_workflow", "execute_workflow"),
    icon="workflow",
)
