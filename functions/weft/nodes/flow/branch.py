"""Sends its input one of two ways."""

from typing import Literal, Self

from pydantic import Field, model_validator

from weft.expressions.ast import Expr
from weft.ir.ops import Case, Decide, Op
from weft.ir.ports import Port
from weft.nodekit.config import Condition, NodeConfig
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.comparison import Comparison, compared
from weft.nodes.values import all_of, any_of


class IfConfig(NodeConfig):
    """One expression, or a list of comparisons."""

    condition: Condition | None = Field(
        default=None,
        title="Condition",
        description="An expression, such as input.total > 100. Either this or comparisons.",
    )
    conditions: tuple[Comparison, ...] = Field(
        default=(), title="Comparisons", description="Compared one by one and combined."
    )
    combine: Literal["all", "any"] = Field(
        default="all", title="Combine", description="Whether all comparisons must hold, or any."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.condition is None) == (not self.conditions):
            raise ValueError("give either a condition or a list of comparisons")
        return self


def lower(node: BoundNode[IfConfig]) -> Op:
    """The input goes out of `true` if the condition is true (not null, false, 0 or empty)."""
    return Decide((Case("true", _condition(node)),), "false", node.input())


def _condition(node: BoundNode[IfConfig]) -> Expr:
    config = node.config
    if config.condition is not None:
        return node.value("condition")
    parts = [compared(item) for item in config.conditions]
    return all_of(parts) if config.combine == "all" else any_of(parts)


NODE = NodeType(
    name="if",
    version=1,
    title="If",
    description="Sends its input out of true or out of false.",
    category=Category.FLOW,
    config=IfConfig,
    lower=lower,
    outputs=(
        Port("true", description="The input, if the condition holds"),
        Port("false", description="The input, if it does not"),
    ),
    aliases=("condition", "if_else"),
    icon="git-branch",
)
