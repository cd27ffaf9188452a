"""`handwritten`: what an expert draws: one state per node that runs, in a perfect structure.

Idealised in its favour: the structure is ours, decisions are the Choice states themselves, and
calls that Step Functions can make are made by it.
"""

from weft.ir.flow import Flow
from weft.ir.ops import Decide, Start


def handwritten(flow: Flow) -> frozenset[str]:
    """The nodes with a state of their own."""
    return frozenset(n.id for n in flow.nodes.values() if not isinstance(n.op, Start | Decide))
