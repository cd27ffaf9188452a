"""Asks a person and goes on as they decide."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from weft.domain.approval import DEFAULT_OPTIONS
from weft.expressions.ast import Binary, Get, Ref, RefKind
from weft.expressions.ast import Literal as Constant
from weft.ir.ops import Case, Invoke, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig, Templated, Text, Value
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, Need, NodeType
from weft.nodes.dynamic_ports import PortIf, PortsFromConfig
from weft.ports.approval_desk import ApprovalRequest

# What a decision's answer holds; it is the node's output, whichever way was taken.
ANSWER = ("decision", "comment", "data", "decided_by", "decided_at")
_APPROVED = DEFAULT_OPTIONS[0]
_PORT_ON_TIMEOUT = {"approve": "approved", "reject": "rejected", "branch": "timeout"}


class ApprovalConfig(NodeConfig):
    """What is asked, whom, and what silence means."""

    title: Text = Field(default="Approval", title="Title", description="The question in a line.")
    message: Text = Field(
        default="", title="Message", description="What the person should know to decide."
    )
    details: Value = Field(
        default=None, title="Details", description="Any value, shown beside the question."
    )
    approvers: Annotated[list[str], Templated()] = Field(
        default_factory=list,
        title="Approvers",
        description="User ids or email addresses; empty: anyone who may run the workflow.",
    )
    fields: tuple[dict[str, JsonValue], ...] = Field(
        default=(), title="Form", description="Fields the person may fill in; they come as data."
    )
    timeout_seconds: Annotated[int, Field(ge=1, le=31_536_000), Templated()] | None = Field(
        default=None, title="Time limit", description="Seconds to decide in; none if left out."
    )
    on_timeout: Literal["fail", "approve", "reject", "branch"] = Field(
        default="fail",
        title="After the time limit",
        description="The run fails, goes on as if decided (the output is null), or takes the "
        "timeout output.",
    )


def lower(node: BoundNode[ApprovalConfig]) -> Op:
    """A step that is over when somebody answers its task token."""
    approved = Binary("==", Get(Ref(RefKind.RESULT), "decision"), Constant(_APPROVED))
    return Invoke(
        "flow",
        NODE.name,
        NODE.version,
        node.values("on_timeout"),
        outputs=ANSWER,
        routes=(Case("approved", approved), Case("rejected", Constant(True))),
        callback=True,
        timeout=node.value("timeout_seconds"),
        timeout_port=_PORT_ON_TIMEOUT.get(node.config.on_timeout),
        idempotent=True,
    )


def run(config: ApprovalConfig, inputs: Data, ctx: StepContext) -> Data:
    """Leaves the question with the desk; asking again after a crash is the same question."""
    request = ApprovalRequest(
        title=config.title,
        message=config.message,
        details=config.details,
        approvers=tuple(config.approvers),
        fields=config.fields,
        expires_in_seconds=config.timeout_seconds,
    )
    ctx.log.info("Waiting for a decision", approval=ctx.approvals.request(request))
    return {}


NODE: NodeType[ApprovalConfig] = NodeType(
    name="approval",
    version=1,
    title="Approval",
    description="Asks a person, waits as long as it takes, and goes on as they decide.",
    category=Category.FLOW,
    config=ApprovalConfig,
    lower=lower,
    outputs=PortsFromConfig(
        always=(
            Port("approved", Kind.OBJECT, description="The answer, if approved"),
            Port("rejected", Kind.OBJECT, description="The answer, if rejected"),
        ),
        when=PortIf(
            "on_timeout", "branch", Port("timeout", description="Null, if nobody decided in time")
        ),
    ),
    run=run,
    group="flow",
    needs=frozenset({Need.APPROVALS}),
    aliases=("human_approval",),
    icon="user-check",
)
