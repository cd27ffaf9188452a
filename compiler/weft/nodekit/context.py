"""What a node's `run` sees of the world: services behind ports, a log, and who is calling."""

from dataclasses import dataclass
from typing import Any, Protocol

from weft.ports.approval_desk import ApprovalDesk
from weft.ports.chat import ChatModel
from weft.ports.clock import Clock
from weft.ports.code_sandbox import CodeSandbox
from weft.ports.http import HttpClient
from weft.ports.secrets import Secrets


@dataclass(frozen=True, slots=True)
class CallInfo:
    """Whose step this is. `key` is the same over all attempts of a step."""

    tenant_id: str
    run_id: str
    workflow_id: str
    node_id: str
    key: str  # idempotency key: run, node, activation path
    attempt: int  # from 1
    deadline_seconds: float
    credential: str | None = None  # id of the credential the node names
    token: str | None = None  # task token of a step that waits for an answer


class StepLog(Protocol):
    """Lines for the run's log (EX-14); known secret values are removed from them."""

    def info(self, message: str, **data: Any) -> None: ...
    def warning(self, message: str, **data: Any) -> None: ...
    def error(self, message: str, **data: Any) -> None: ...
    def log(self, level: str, message: str, **data: Any) -> None: ...


class StepContext(Protocol):
    """Using a service that the node type does not list in `needs` raises `StepRefused`."""

    @property
    def call(self) -> CallInfo: ...
    @property
    def log(self) -> StepLog: ...
    @property
    def http(self) -> HttpClient: ...
    @property
    def chat(self) -> ChatModel: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def approvals(self) -> ApprovalDesk: ...
    @property
    def code(self) -> CodeSandbox: ...
    @property
    def clock(self) -> Clock: ...
