"""Computes what no host's expressions can. The compiler calls it; authors do not see it."""

from weft.ir.ops import Invoke, Op
from weft.ir.ports import Port
from weft.nodekit.evaluation import GROUP, NAME, VERSION, EvaluationConfig, run
from weft.nodekit.node_type import BoundNode, Category, NodeType


def lower(node: BoundNode[EvaluationConfig]) -> Op:
    """The call itself."""
    return Invoke(
        GROUP, NAME, VERSION, node.values(), outputs=tuple(node.config.outputs), idempotent=True
    )


NODE: NodeType[EvaluationConfig] = NodeType(
    name=NAME,
    version=VERSION,
    title="Evaluate",
    description="Expressions that need a runner.",
    category=Category.DATA,
    config=EvaluationConfig,
    lower=lower,
    outputs=lambda config: tuple(map(Port, config.outputs)),
    run=run,
    group=GROUP,
)
