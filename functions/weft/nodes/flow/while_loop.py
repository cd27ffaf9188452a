"""Runs the nodes between its `body` output and its `back` input as long as a condition holds."""

from pydantic import Field

from weft.expressions.ast import Ref, RefKind
from weft.ir.ops import Case, Decide, Op
from weft.ir.ports import Port
from weft.nodekit.config import Condition, NodeConfig
from weft.nodekit.node_type import BoundNode, Category, NodeType


class WhileConfig(NodeConfig):
    """When to go round again, and how often at most."""

    condition: Condition = Field(
        title="Condition",
        description="An expression, such as loop.item.page < 5. It sees what arrived as loop.item, "
        "the number of rounds so far as loop.index, and other nodes.",
    )
    max_iterations: int = Field(
        default=1_000,
        ge=1,
        le=10_000,
        title="At most",
        description="How many rounds there may be; one more is an error.",
    )


def lower(node: BoundNode[WhileConfig]) -> Op:
    """What arrived, first at `input` and then at `back`, goes into the body, or out of `done`."""
    cases = (Case("body", node.value("condition")),)
    return Decide(cases, "done", Ref(RefKind.LOOP, "item"), rounds=node.config.max_iterations)


NODE = NodeType(
    name="while",
    version=1,
    title="While",
    description="Repeats its body as long as a condition holds.",
    category=Category.FLOW,
    config=WhileConfig,
    lower=lower,
    inputs=(
        Port("input", description="What the first round starts with"),
        Port(
            "back", gates=False, description="What the next round starts with, from the body's end"
        ),
    ),
    outputs=(
        Port("body", description="What arrived, into the body"),
        Port("done", description="What arrived, once the condition does not hold"),
    ),
    body="body",
    aliases=("while_loop",),
    icon="repeat",
)
