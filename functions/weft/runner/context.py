"""What a node's `run` gets: only the services it declared, with its secrets watched."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Unpack

from weft.domain.credential import ResolvedSecret
from weft.domain.errors import StepRefused
from weft.domain.scrub import Scrubber
from weft.nodekit.context import CallInfo
from weft.nodekit.distinct_secrets import distinct_secrets
from weft.nodekit.node_type import Need, NodeType
from weft.ports.approval_desk import ApprovalDesk
from weft.ports.chat import ChatModel, ChatReply, ChatRequest
from weft.ports.claims import StepClaims
from weft.ports.clock import Clock
from weft.ports.code_sandbox import CodeSandbox
from weft.ports.http import HttpClient, HttpOptions, HttpReply
from weft.ports.secrets import Secrets
from weft.runner.call import StepCall
from weft.runner.log import CollectedLog


class RealClock:
    """The system's time."""

    def now(self) -> datetime:
        """In UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """How to get at the world; each is made when a step first asks for it.

    `load` gives the node type of a name and version, and raises `PermanentStepError`.
    """

    load: Callable[[str, int], NodeType[Any]]
    http: Callable[[], HttpClient]
    chat: Callable[[], ChatModel]
    secrets: Callable[[StepCall], Secrets]
    approvals: Callable[[StepCall], ApprovalDesk]
    claims: Callable[[StepCall], StepClaims]
    code: Callable[[], CodeSandbox]
    clock: Clock = field(default_factory=RealClock)


class Usage:
    """Tokens and money over all of a step's questions to models."""

    def __init__(self) -> None:
        self._replies: list[ChatReply] = []

    def add(self, reply: ChatReply) -> None:
        """Count one answer."""
        self._replies.append(reply)

    def summary(self) -> dict[str, Any] | None:
        """None if no model was asked. `cost_usd` is None when one model has no known price."""
        if not self._replies:
            return None
        costs = [reply.cost_usd for reply in self._replies]
        return {
            "calls": len(self._replies),
            "models": sorted({reply.model for reply in self._replies}),
            "input_tokens": sum(reply.input_tokens for reply in self._replies),
            "output_tokens": sum(reply.output_tokens for reply in self._replies),
            "cost_usd": None if None in costs else sum(cost or 0.0 for cost in costs),
        }


class RunningStep:
    """The `StepContext` of one step. A service that is not in `needs` raises `StepRefused`."""

    def __init__(self, call: StepCall, needs: frozenset[Need], services: Services) -> None:
        self._call = call
        self._needs = needs
        self._services = services
        self._opened: list[ResolvedSecret] = []
        self._info = call.info()
        self.scrubber = Scrubber()
        self.usage = Usage()
        self._log = CollectedLog(self.scrubber)
        if call.token:
            self.scrubber.learn([call.token])

    def secrets_of(self, node: NodeType[Any]) -> Scrubber:
        """What may not be in the step's answer: its credentials' secret fields, if long enough."""
        return distinct_secrets(self._opened, node.credentials)

    @property
    def call(self) -> CallInfo:
        """Whose step this is."""
        return self._info

    @property
    def log(self) -> CollectedLog:
        """The run's log."""
        return self._log

    @property
    def clock(self) -> Clock:
        """The time; no need to declare it."""
        return self._services.clock

    @property
    def http(self) -> HttpClient:
        """Needs `http`."""
        self._require(Need.HTTP)
        return _StepHttp(self._services.http(), self._opened)

    @property
    def chat(self) -> ChatModel:
        """Needs `chat`."""
        self._require(Need.CHAT)
        return _StepChat(self._services.chat(), self.usage)

    @property
    def secrets(self) -> Secrets:
        """Needs `secrets`."""
        self._require(Need.SECRETS)
        return _StepSecrets(self._services.secrets(self._call), self._opened, self.scrubber)

    @property
    def approvals(self) -> ApprovalDesk:
        """Needs `approvals`."""
        self._require(Need.APPROVALS)
        return self._services.approvals(self._call)

    @property
    def code(self) -> CodeSandbox:
        """Needs `code`."""
        self._require(Need.CODE)
        return self._services.code()

    def _require(self, need: Need) -> None:
        if need not in self._needs:
            raise StepRefused(
                f"the node type {self._call.node_type} uses {need.value} without declaring it"
            )


@dataclass(frozen=True, slots=True)
class _StepSecrets:
    """Remembers what was opened, so that it can be scrubbed and kept to its hosts."""

    inner: Secrets
    opened: list[ResolvedSecret]
    scrubber: Scrubber

    def resolve(self, credential_id: str) -> ResolvedSecret:
        secret = self.inner.resolve(credential_id)
        self.opened.append(secret)
        self.scrubber.learn(secret.values.values())
        return secret


@dataclass(frozen=True, slots=True)
class _StepHttp:
    """Once a credential is open, the step reaches that credential's hosts only (rule 8)."""

    inner: HttpClient
    opened: list[ResolvedSecret]

    def request(self, method: str, url: str, **options: Unpack[HttpOptions]) -> HttpReply:
        if self.opened:
            hosts = [host for secret in self.opened for host in secret.allowed_hosts]
            options["allowed_hosts"] = tuple(dict.fromkeys(hosts))
        return self.inner.request(method, url, **options)


@dataclass(frozen=True, slots=True)
class _StepChat:
    """Counts what the answers cost."""

    inner: ChatModel
    usage: Usage

    def chat(self, request: ChatRequest) -> ChatReply:
        reply = self.inner.chat(request)
        self.usage.add(reply)
        return reply
