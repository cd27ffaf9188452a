"""Keeps the items for which a condition holds."""

from pydantic import Field

from weft.expressions.ast import Call, Lambda
from weft.ir.ops import Compute, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import ItemFormula, NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import as_list, given_or_input


class FilterConfig(NodeConfig):
    """Which items stay."""

    items: Value = Field(
        default=None, title="Items", description="A list; what arrives, if left out."
    )
    condition: ItemFormula = Field(
        title="Condition",
        description="An expression over item and index, such as item.price > 10.",
    )


def lower(node: BoundNode[FilterConfig]) -> Op:
    """The items in their order; a value that is no list counts as one item, null as none."""
    items = as_list(given_or_input(node, "items", "items"))
    keep = Lambda(("item", "index"), node.value("condition"))
    return Compute({"results": Call("filter", (items, keep))})


NODE = NodeType(
    name="filter",
    version=1,
    title="Filter",
    description="The items of a list for which a condition holds.",
    category=Category.DATA,
    config=FilterConfig,
    lower=lower,
    inputs=(Port("items", description="The list"),),
    outputs=(Port("results", Kind.ARRAY, description="The items that were kept"),),
    icon="filter",
)
