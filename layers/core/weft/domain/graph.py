"""The graph document `weft/1`: what the editor saves and the compiler reads."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

SCHEMA: Literal["weft/1"] = "weft/1"

# Ids become state names and storage keys, so their alphabet is closed and their length bounded
# (a state name has 80 characters at most).
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")]
PortName = Annotated[str, Field(min_length=1, max_length=64)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Position(_Closed):
    """Where the editor draws a node; never semantic."""

    x: float = 0.0
    y: float = 0.0


class Retry(_Closed):
    """How often and how patiently a step is tried again after a retryable error (EX-15)."""

    max_retries: int = Field(default=3, ge=0, le=20)
    interval_seconds: int = Field(default=2, ge=1, le=86_400)
    backoff_rate: float = Field(default=2.0, ge=1.0, le=10.0)
    max_delay_seconds: int = Field(default=60, ge=1, le=86_400)


class Node(_Closed):
    """One node of a graph."""

    id: Id
    type: str = Field(min_length=1, max_length=64)
    name: str = Field(default="", max_length=200)
    config: dict[str, JsonValue] = Field(default_factory=dict)
    position: Position = Position()
    disabled: bool = False
    on_error: Literal["fail", "continue", "branch"] = "fail"
    on_error_value: JsonValue = None  # what `continue` sends on instead of an output
    retry: Retry | None = None  # None: the workflow's settings
    timeout_seconds: int | None = Field(default=None, ge=1, le=31_536_000)
    notes: str = Field(default="", max_length=10_000)


class Edge(_Closed):
    """Connects an output port to an input port; a port may be left out where the node has one."""

    id: str = Field(default="", max_length=200)
    source: Id
    source_port: PortName | None = None
    target: Id
    target_port: PortName | None = None
    order: int = Field(default=0, ge=0, le=1_000_000)
    label: str = Field(default="", max_length=200)


class Settings(_Closed):
    """Limits of a workflow; the defaults are those of the product (EX-15, EX-17, GM-14)."""

    timeout_seconds: int = Field(default=300, ge=1, le=31_536_000)  # active time; waiting is free
    node_timeout_seconds: int = Field(default=60, ge=1, le=900)
    http_timeout_seconds: int = Field(default=30, ge=1, le=300)
    max_retries: int = Field(default=3, ge=0, le=20)
    retry_interval_seconds: int = Field(default=2, ge=1, le=86_400)
    retry_max_delay_seconds: int = Field(default=60, ge=1, le=86_400)
    max_iterations: int = Field(default=1_000, ge=1, le=10_000)  # rounds of a loop that has no own
    concurrency_limit: int = Field(default=5, ge=1, le=10_000)  # active runs; more are queued


class GraphDoc(_Closed):
    """A whole workflow graph as it is stored and exchanged."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_: Literal["weft/1"] = Field(default=SCHEMA, alias="schema")
    id: str = Field(default="", max_length=64)
    name: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=10_000)
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    variables: dict[Id, JsonValue] = Field(default_factory=dict)
    settings: Settings = Settings()
