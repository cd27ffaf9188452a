"""Starts a run at the times a cron expression names, in a time zone."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from weft.expressions.ast import Get
from weft.ir.ops import Op, Start
from weft.ir.ports import Port
from weft.nodekit.config import NodeConfig
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.cron import check_cron
from weft.nodes.values import TRIGGER


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_zone(name: str) -> str:
    # A machine without a time zone database knows none; it cannot tell a wrong name.
    if _zones() and name not in _zones():
        raise ValueError(f"there is no time zone {name!r}; write one like Europe/Berlin or UTC")
    return name


class ScheduleTriggerConfig(NodeConfig):
    """When runs start."""

    cron: Annotated[str, AfterValidator(check_cron)] = Field(
        title="Cron expression",
        description="Minute, hour, day of month, month, day of week: `0 9 * * 1-5` is nine "
        "o'clock on working days.",
    )
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="UTC", title="Time zone", description="An IANA name, such as Europe/Berlin."
    )


def lower(node: BoundNode[ScheduleTriggerConfig]) -> Op:
    """The time the run was due."""
    return Start({"timestamp": Get(TRIGGER, "timestamp")})


NODE = NodeType(
    name="schedule_trigger",
    version=1,
    title="Schedule",
    description="Starts at the times of a cron expression.",
    category=Category.TRIGGER,
    config=ScheduleTriggerConfig,
    lower=lower,
    inputs=(),
    outputs=(Port("timestamp", description="When the run was due"),),
    aliases=("schedule", "cron"),
    icon="clock",
)
