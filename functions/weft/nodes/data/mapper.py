"""Turns every item of a list into something else."""

from pydantic import Field

from weft.expressions.ast import Call, Lambda
from weft.ir.ops import Compute, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import ItemFormula, NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import as_list, given_or_input


class MapperConfig(NodeConfig):
    """What becomes of an item."""

    items: Value = Field(
        default=None, title="Items", description="A list; what arrives, if left out."
    )
    expression: ItemFormula = Field(
        title="Expression",
        description="What each item becomes, over item and index: {name: item.name, at: index}.",
    )


def lower(node: BoundNode[MapperConfig]) -> Op:
    """One result per item; a value that is no list counts as one item, null as none."""
    items = as_list(given_or_input(node, "items", "items"))
    made = Lambda(("item", "index"), node.value("expression"))
    return Compute({"results": Call("map", (items, made))})


NODE = NodeType(
    name="mapper",
    version=1,
    title="Map",
    description="Every item of a list, put through an expression.",
    category=Category.DATA,
    config=MapperConfig,
    lower=lower,
    inputs=(Port("items", description="The list"),),
    outputs=(Port("results", Kind.ARRAY, description="One result per item"),),
    aliases=("map",),
    icon="list-checks",
)
