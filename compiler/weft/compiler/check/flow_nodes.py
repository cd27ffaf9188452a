"""The nodes of a checked graph, from what the checks have found out."""

from weft.compiler.check.draft import Draft, NodeDraft
from weft.domain.errors import Bug
from weft.domain.graph import Retry
from weft.expressions.ast import Expr, Get, Ref, RefKind
from weft.expressions.references import references, substitute
from weft.ir.flow import TOP, FlowNode, OnError
from weft.ir.ops import Race, Repeat
from weft.ir.ports import Join, Port
from weft.ir.walk import rewrite


def flow_node(draft: Draft, name: str) -> FlowNode:
    """A drawn node, or the node of a loop."""
    return _loop(draft, name) if name in draft.loops else _node(draft, draft.nodes[name])


def _node(draft: Draft, item: NodeDraft) -> FlowNode:
    node, settings = item.node, draft.doc.settings
    if item.op is None or item.config is None:
        raise Bug(f"{node.id} passed the checks without an operation")
    retry = node.retry or Retry(
        max_retries=settings.max_retries,
        interval_seconds=settings.retry_interval_seconds,
        max_delay_seconds=settings.retry_max_delay_seconds,
    )
    loop, op = draft.loop_around(node.id), item.op
    start = (Port(op.start_port, many=True),) if isinstance(op, Race) else ()
    return FlowNode(
        id=node.id,
        op=rewrite(item.op, lambda expr: _name_loop(expr, loop)),
        inputs=(*item.type.inputs, *start),
        outputs=item.outputs,
        join=Join.ANY_PORT if node.disabled else item.type.join_rule(item.config),
        scope=draft.scope.get(node.id, TOP),
        on_error=_on_error(item),
        on_error_value=node.on_error_value,
        retry=retry,
        timeout_seconds=node.timeout_seconds or settings.node_timeout_seconds,
        name=node.name,
        type=item.type.name,
    )


def _loop(draft: Draft, name: str) -> FlowNode:
    """A loop takes what its header takes, when its header would; a node that is there to head a
    loop also says what the loop's errors do."""
    loop = draft.loops[name]
    item = draft.nodes[loop.header]
    header = _node(draft, item)
    return FlowNode(
        id=name,
        op=Repeat(loop.header, loop.rounds, loop.exits, loop.outcomes),
        inputs=header.inputs,
        outputs=tuple(map(Port, loop.exits)),
        join=header.join,
        scope=draft.scope.get(name, TOP),
        on_error=header.on_error if item.heads else OnError.FAIL,
        on_error_value=header.on_error_value,
        retry=header.retry,
        name=header.name,
        type=header.type,
    )


def _on_error(item: NodeDraft) -> OnError:
    """An error goes where an edge takes it; a branch without one handles nothing."""
    if item.branches_on_error:
        return OnError.BRANCH
    return OnError.CONTINUE if item.node.on_error == "continue" else OnError.FAIL


def _name_loop(expr: Expr, loop: str) -> Expr:
    """`loop.item` is a field of the innermost loop, seen from inside."""
    loops = {ref: Get(Ref(RefKind.NODE, loop), ref.name) for ref in references(expr)
             if ref.kind is RefKind.LOOP}  # fmt: skip
    return substitute(expr, loops) if loops else expr
