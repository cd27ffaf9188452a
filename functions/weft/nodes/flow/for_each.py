"""Runs the nodes between its `item` output and its `back` input once per item of a list."""

from typing import Literal

from pydantic import Field

from weft.ir.ops import ForEach, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import given_or_input


class ForEachConfig(NodeConfig):
    """Over what, how many at a time, and what a failed item means."""

    items: Value = Field(
        default=None, title="Items", description="A list; what arrives, if left out."
    )
    concurrency: int = Field(
        default=0,
        ge=0,
        le=10_000,
        title="At a time",
        description="How many items at a time; 0 leaves it to the host, 1 is one after the other.",
    )
    on_item_error: Literal["fail", "skip"] = Field(
        default="fail",
        title="If an item fails",
        description="fail: so does the loop. skip: the item's result is null.",
    )


def lower(node: BoundNode[ForEachConfig]) -> Op:
    """`{{loop.item}}` and `{{loop.index}}` in the body; the output is the list of results."""
    config = node.config
    items = given_or_input(node, "items", "items")
    return ForEach(items, config.concurrency, config.on_item_error == "skip")


NODE = NodeType(
    name="for_each",
    version=1,
    title="For each",
    description="Runs its body once per item and collects the results in the items' order.",
    category=Category.FLOW,
    config=ForEachConfig,
    lower=lower,
    inputs=(
        Port("items", Kind.ARRAY, description="The list"),
        Port("back", gates=False, description="The result of one item, from the body's end"),
    ),
    outputs=(
        Port("item", description="One item, into the body"),
        Port("done", Kind.ARRAY, description="All results, null where nothing came back"),
    ),
    body="item",
    aliases=("loop",),
    icon="repeat",
)
