"""Node types by name, lowered for a config, and evaluated on both hosts' expressions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Unpack

import pytest

from weft.domain.credential import ResolvedSecret
from weft.engine.jsonata_fast import FastJsonata
from weft.expressions.ast import Expr, JsonValue, Ref, RefKind
from weft.expressions.evaluate import evaluate
from weft.expressions.not_native import not_native
from weft.expressions.to_jsonata import to_jsonata
from weft.expressions.values import Meter, equal
from weft.ir.ops import Case, Compute, Decide, Invoke, Op
from weft.nodekit.context import CallInfo
from weft.nodekit.node_type import BoundNode, NodeType
from weft.nodes.catalogue import load_node
from weft.ports.approval_desk import ApprovalRequest
from weft.ports.chat import ChatReply, ChatRequest
from weft.ports.code_sandbox import DEFAULT_LIMITS, CodeLimits, CodeResult
from weft.ports.http import HttpOptions, HttpReply

SECRET = "s3cr3t-value"


@dataclass
class Kit:
    """What tests of node types say."""

    engine: FastJsonata = field(default_factory=FastJsonata)

    def type(self, name: str) -> NodeType[Any]:
        return load_node(name)

    def bind(self, name: str, config: dict[str, Any], **edges: int) -> BoundNode[Any]:
        """A node as the checker hands it to `lower`; `edges` count the edges of its inputs."""
        node = load_node(name)
        read = node.config.model_validate(config)
        return BoundNode("n", read, frozenset(edges), node.output_ports(read), edges)

    def lower(self, name: str, config: dict[str, Any], **edges: int) -> Op:
        return load_node(name).lower(self.bind(name, config, **edges))

    def value(self, expr: Expr, **seen: JsonValue) -> JsonValue:
        """What an expression is for what it sees: input ports by name, `trigger`, other nodes.

        JSONata must agree, so every test of a pure node is one of the hosted form, too.
        """
        assert not_native(expr) == []
        wanted = evaluate(expr, lambda ref: seen.get(_name(ref)))
        text = to_jsonata(expr, lambda ref: f"${_name(ref)}")
        names = {_name(ref) for ref in _refs(expr)}
        found = self.engine.compile(text).evaluate(None, {n: seen.get(n) for n in names})
        assert equal(found, wanted, Meter()), text
        return wanted

    def compute(self, name: str, config: dict[str, Any], **seen: JsonValue) -> JsonValue:
        """The one output of a pure node; a list at a `many` port is what its edges brought."""
        node = load_node(name)
        many = {port.name for port in node.inputs if port.many}
        edges = {p: len(v) if p in many and isinstance(v, list) else 1 for p, v in seen.items()}
        op = self.lower(name, config, **edges)
        assert isinstance(op, Compute) and len(op.outputs) == 1
        (expr,) = op.outputs.values()
        return self.value(expr, **seen)

    def chosen(self, name: str, config: dict[str, Any], **seen: JsonValue) -> list[str]:
        """The ports a decision takes."""
        op = self.lower(name, config, input=1)
        assert isinstance(op, Decide)
        ports = [case.port for case in op.cases if self.value(case.when, **seen)]
        if not op.every_match:
            ports = ports[:1]
        return ports or [op.otherwise or ""]

    def route(self, routes: tuple[Case, ...], answer: JsonValue) -> str:
        """The port an answer takes."""
        return next(case.port for case in routes if self.value(case.when, result=answer))

    def config(self, name: str, values: dict[str, Any]) -> Any:
        """The config as a runner reads it: every template has been evaluated."""
        return load_node(name).config.model_validate(values, context={"templates": False})

    def arguments(self, op: Op, **seen: JsonValue) -> dict[str, JsonValue]:
        """The config a call is made with."""
        assert isinstance(op, Invoke)
        return {key: evaluate(e, lambda r: seen.get(_name(r))) for key, e in op.config.items()}

    def run(
        self,
        name: str,
        values: dict[str, Any],
        step: "Step",
        inputs: Mapping[str, Any] | None = None,
    ) -> Any:
        run = load_node(name).run
        assert run is not None
        return run(self.config(name, values), inputs or {}, step)


def _name(ref: Ref) -> str:
    return ref.name or ref.kind.value if ref.kind is not RefKind.LOOP else f"loop_{ref.name}"


def _refs(expr: Expr) -> set[Ref]:
    from weft.expressions.references import references

    return set(references(expr))


@dataclass
class Step:
    """A step's context whose services are fakes that remember what they were asked."""

    reply: HttpReply | ChatReply | CodeResult | None = None
    secret: ResolvedSecret | None = None
    lines: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    call: CallInfo = field(
        default_factory=lambda: CallInfo("t", "r", "w", "n", "r/n/", 1, 60.0, token="tok")
    )

    @property
    def services(self) -> "_Services":
        return _Services(self)

    @property
    def log(self) -> "_Log":
        return _Log(self.lines)

    http = chat = secrets = approvals = code = clock = services


@dataclass
class _Log:
    lines: list[tuple[str, str, dict[str, Any]]]

    def log(self, level: str, message: str, **data: Any) -> None:
        self.lines.append((level, message, data))

    def info(self, message: str, **data: Any) -> None:
        self.log("info", message, **data)

    def warning(self, message: str, **data: Any) -> None:
        self.log("warning", message, **data)

    def error(self, message: str, **data: Any) -> None:
        self.log("error", message, **data)


@dataclass
class _Services:
    """One object that is every other service."""

    step: Step

    def now(self) -> datetime:
        return datetime(2031, 5, 4, tzinfo=UTC)

    def resolve(self, credential_id: str) -> ResolvedSecret:
        assert self.step.secret is not None and credential_id == self.step.secret.credential_id
        return self.step.secret

    def chat(self, request: ChatRequest) -> ChatReply:
        self.step.asked.append(request)
        assert isinstance(self.step.reply, ChatReply)
        return self.step.reply

    def request(self, *what: Any, **options: Unpack[HttpOptions]) -> Any:
        if isinstance(what[0], ApprovalRequest):
            self.step.asked.append(what[0])
            return "approval-1"
        self.step.asked.append((*what, options))
        return self.step.reply

    def run(
        self, code: str, variables: Mapping[str, Any], limits: CodeLimits = DEFAULT_LIMITS
    ) -> CodeResult:
        self.step.asked.append((code, dict(variables), limits))
        assert isinstance(self.step.reply, CodeResult)
        return self.step.reply


@pytest.fixture(scope="session")
def kit() -> Kit:
    return Kit()


@pytest.fixture
def step() -> Step:
    return Step()


@pytest.fixture(scope="session")
def step_of() -> type[Step]:
    """Makes a step of a reply and a secret."""
    return Step
