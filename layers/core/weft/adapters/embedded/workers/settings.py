"""How many workers of each group there may be, and what each may use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """One trust level: its workers never run steps of another group.

    `memory_mb` caps the address space of a worker, which is more than it really uses.
    """

    max_workers: int = 4
    max_queue: int = 1_000
    memory_mb: int = 1_024
    idle_seconds: float = 120.0


DEFAULT_GROUPS: Mapping[str, GroupSettings] = {
    "net": GroupSettings(),
    "ai": GroupSettings(memory_mb=2_048),
    "data": GroupSettings(),
    "code": GroupSettings(),
    "flow": GroupSettings(),
}


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """`step_settings` travels to the workers as `weft.bootstrap.step_services.StepSettings`."""

    groups: Mapping[str, GroupSettings] = field(default_factory=lambda: DEFAULT_GROUPS)
    step_settings: Mapping[str, Any] = field(default_factory=dict)
    start_seconds: float = 30.0  # from spawning a worker until it must be ready
    command: tuple[str, ...] = ()  # empty: this interpreter with `-m weft.runner.worker`
