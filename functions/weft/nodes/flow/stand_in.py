"""Stands where an imported graph had a node that Weft does not know."""

from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints

from weft.domain.errors import PermanentStepError
from weft.ir.ops import Invoke, Op
from weft.ir.ports import Port
from weft.nodekit.config import NodeConfig
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, NodeType
from weft.nodes.dynamic_ports import PortPerItem, PortsFromConfig

PortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class StandInPort(NodeConfig):
    """An output that the original had."""

    name: PortText = Field(title="Name", description="Name of the output.")


class StandInConfig(NodeConfig):
    """What the original was, so that whoever replaces it knows."""

    was: str = Field(
        default="", max_length=500, title="Was", description="The type in the imported graph."
    )
    settings: dict[str, JsonValue] = Field(
        default_factory=dict,
        title="Settings",
        description="Its settings as they came; nothing in them is evaluated.",
    )
    ports: tuple[StandInPort, ...] = Field(
        default=(), max_length=100, title="Outputs", description="The outputs it had."
    )


def lower(node: BoundNode[StandInConfig]) -> Op:
    """A step that fails: what it should do is not known, and passing on would hide that."""
    names = tuple(port.name for port in node.outputs)
    return Invoke("flow", NODE.name, NODE.version, node.values(), outputs=names, idempotent=True)


def run(config: StandInConfig, inputs: Data, ctx: StepContext) -> Data:
    """Raises `PermanentStepError`: the author has to replace the node."""
    raise PermanentStepError(f"nothing here does what {config.was or 'it'} did: replace this node")


NODE: NodeType[StandInConfig] = NodeType(
    name="stand_in",
    version=1,
    title="Stand-in",
    description="Keeps the place of an imported node until you replace it; fails when it runs.",
    category=Category.FLOW,
    config=StandInConfig,
    lower=lower,
    outputs=PortsFromConfig(
        always=(Port("output", description="Never anything"),),
        each=PortPerItem("ports", "name", "Never anything"),
    ),
    run=run,
    group="flow",
    icon="puzzle",
)
