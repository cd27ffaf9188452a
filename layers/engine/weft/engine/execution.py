"""An execution as callers see it."""

from dataclasses import dataclass

from weft.engine.json import JsonValue


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution as DescribeExecution shows it. Times are seconds since 1970."""

    id: str
    machine: str
    name: str
    status: str  # RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED
    started_at: float
    stopped_at: float | None
    input: JsonValue
    output: JsonValue
    error: str | None
    cause: str | None
    revision: int = 1  # of the machine's definition
    version: int | None = None  # by which it was started
    alias: str | None = None  # that chose the version
    redrives: int = 0
    redriven_at: float | None = None
