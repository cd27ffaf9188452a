"""Waits for a while, or until a point in time, and sends its input on."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from weft.asl.timestamp import is_timestamp
from weft.ir.ops import Op, Sleep
from weft.nodekit.config import NodeConfig, Templated
from weft.nodekit.node_type import BoundNode, Category, NodeType

MAX_SECONDS = 31_536_000  # a year: how long a Standard execution may last, service quotas


def _point_in_time(text: str) -> str:
    if is_timestamp(text):
        return text
    if is_timestamp(f"{text}Z"):
        raise ValueError(f"{text!r} has no time zone: end it with Z or an offset such as +02:00")
    raise ValueError(f"{text!r} is no time: write one like 2031-05-04T09:00:00Z")


class DelayConfig(NodeConfig):
    """How long."""

    seconds: Annotated[float, Field(ge=0, le=MAX_SECONDS), Templated()] | None = Field(
        default=None, title="Seconds", description="How long to wait, up to a year."
    )
    until: Annotated[str, AfterValidator(_point_in_time), Templated()] | None = Field(
        default=None,
        title="Until",
        description="Or: when to go on, in ISO 8601 with a time zone. A past time goes on at once.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.seconds is None) == (self.until is None):
            raise ValueError("give either seconds or until")
        return self


def lower(node: BoundNode[DelayConfig]) -> Op:
    """Nothing runs and nothing is paid for while it waits."""
    if node.config.seconds is not None:
        return Sleep(node.input(), seconds=node.value("seconds"))
    return Sleep(node.input(), until=node.value("until"))


NODE = NodeType(
    name="delay",
    version=1,
    title="Wait",
    description="Sends its input on after some seconds, or at a point in time.",
    category=Category.FLOW,
    config=DelayConfig,
    lower=lower,
    aliases=("wait",),
    icon="hourglass",
)
