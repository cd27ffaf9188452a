"""The task of an invoked node: its payload, what its answer means, and what its errors become."""

from dataclasses import dataclass
from typing import Any

from weft.asl.http_task import PASSING_PATTERN, PERMANENT, READINGS, TRANSIENT
from weft.asl.limits import MAX_WAIT_SECONDS
from weft.compiler.emit.fragment import Facts, State
from weft.compiler.emit.render import EXECUTION_INPUT, Renderer, path_of, quoted
from weft.compiler.emit.retries import retry_block
from weft.compiler.lower.activation import OK, has_outcomes
from weft.compiler.lower.claims import Claims
from weft.compiler.lower.program import Program
from weft.compiler.lower.repeat import scopes_around
from weft.domain.claim import CLAIM_BYTES_OF_ITEM
from weft.expressions.ast import (
    Binary,
    Call,
    Expr,
    If,
    Let,
    Literal,
    Object,
    Ref,
    RefKind,
    Var,
)  # fmt: skip
from weft.expressions.references import substitute
from weft.ir.flow import Flow, FlowNode, OnError, limits_itself
from weft.ir.ops import ERROR_PORT, ForEach, Invoke, NativeCall

_RUN = f"{EXECUTION_INPUT}.run"
ATTEMPTS = "$states.context.State.RetryCount + 1"
_TOKEN = quoted("$states.context.Task.Token")


@dataclass(frozen=True, slots=True)
class Calls:
    """Builds tasks for invoked nodes."""

    render: Renderer
    flow: Flow
    claims: Claims

    def task(self, node: FlowNode, op: Invoke, facts: Facts) -> State:
        """The state without its ends: type, resource, arguments, limits, retries."""
        if isinstance(op.native, NativeCall):
            return self._native(node, op.native, facts)
        resource = "lambda:invoke.waitForTaskToken" if op.callback else "lambda:invoke"
        state: State = {
            "Type": "Task",
            "Resource": resource,
            "Arguments": {
                "FunctionName": f"runner:{op.group}",
                "Payload": self._payload(node, op, facts),
            },
        }
        timeout = self._timeout(node, op, facts)
        if timeout is not None:
            state["TimeoutSeconds"] = timeout
        retry = retry_block(node.retry)
        if retry:
            state["Retry"] = retry
        return state

    def _native(self, node: FlowNode, call: NativeCall, facts: Facts) -> State:
        """A task of the host's own. A time limit of the call itself may pass, as in a runner."""
        arguments = {name: self.render.value(e, facts) for name, e in call.arguments.items()}
        if call.key_at is not None:
            member, name = call.key_at
            arguments[member] = _joined(arguments[member], name, self.key(node, facts))
        state: State = {
            "Type": "Task",
            "Resource": call.resource,
            "Arguments": arguments,
            "TimeoutSeconds": min(call.timeout, node.timeout_seconds),
        }
        passing = (*call.passing, "States.Timeout") if limits_itself(node) else call.passing
        retry = retry_block(node.retry, passing)
        if retry:
            state["Retry"] = retry
        return state

    def key(self, node: FlowNode, facts: Facts) -> str:
        """The idempotency key: run, node, and its place in the loops around it."""
        key = f"{_RUN}.id & '/{node.id}/'"
        return f"{key} & {path_of(self.flow, node.scope, facts)}" if node.scope else key

    def whose(self) -> dict[str, Any]:
        """What every call says of the run that it is made for."""
        return {
            "tenant_id": quoted(f"{_RUN}.tenant"),
            "run_id": quoted(f"{_RUN}.id"),
            "workflow_id": quoted(f"{_RUN}.workflow"),
        }

    def _payload(self, node: FlowNode, op: Invoke, facts: Facts) -> dict[str, Any]:
        payload: dict[str, Any] = {
            **self.whose(),
            "node_id": node.id,
            "node_type": op.node_type,
            "version": op.version,
            "key": quoted(self.key(node, facts)),
            "attempt": quoted(ATTEMPTS),
            "config": self.render.value(Object(tuple(op.config.items())), facts),
            "inputs": self.render.value(Object(tuple(op.inputs.items())), facts),
            "credential": op.credential,
            "deadline_seconds": node.timeout_seconds,
        }
        payload |= self.claimable(node)
        if op.callback:
            payload["token"] = _TOKEN
        return payload

    def claimable(self, node: FlowNode) -> dict[str, Any]:
        """What a call says of the outputs that may be claimed, if any may."""
        claims = self.claims.of(node.id)
        if not claims:
            return {}
        told: dict[str, Any] = {
            "claims": {port: wanted.as_json() for port, wanted in claims.items()}
        }
        around = scopes_around(self.flow, node.id)
        if any(isinstance(self.flow.nodes[scope].op, ForEach) for scope in around):
            told["claim_above"] = CLAIM_BYTES_OF_ITEM
        return told

    def _timeout(self, node: FlowNode, op: Invoke, facts: Facts) -> Any:
        if op.timeout is not None and op.timeout != Literal(None):
            return self.render.value(seconds(op.timeout, least=1), facts)
        return None if op.callback else node.timeout_seconds

    def answer(self, node: FlowNode, op: Invoke, facts: Facts) -> str:
        """The outcome record of a successful call, as JSONata inside the task."""
        if isinstance(op.native, NativeCall):
            ports = ", ".join(
                f"'{port}': {READINGS[reading].jsonata}"
                for port, reading in op.native.outputs.items()
            )
            record = self.record(node, op, facts, "$a")
            return f"($r := $states.result; $a := {{{ports}}}; {record})"
        result = "$states.result" if op.callback else "$states.result.Payload.outputs"
        return self.record(node, op, facts, result)

    def record(self, node: FlowNode, op: Invoke, facts: Facts, result: str) -> str:
        """The outcome record of an answer that reads as `result`."""
        if op.routes or has_outcomes(node):
            taken = self.render.code(routed(op, Ref(RefKind.RESULT)), facts, result)
            return f"{{'h': {taken}, 'r': {result}}}"
        return f"{{'r': {result}}}"

    def catches(self, node: FlowNode, op: Invoke, facts: Facts) -> list[tuple[list[str], str]]:
        """(error names, outcome record) pairs for the errors that do not fail the run."""
        found: list[tuple[list[str], str]] = []
        if op.timeout_port is not None:
            record = Object((("h", Literal(op.timeout_port)), ("r", Literal(None))))
            found.append((["States.Timeout"], self.render.code(record, facts)))
        if node.on_error is OnError.BRANCH:
            native = isinstance(op.native, NativeCall)
            told = error_record(node.own_id, native=native, limited=limits_itself(node))
            found.append((["States.ALL"], told))
        elif node.on_error is OnError.CONTINUE:
            found.append((["States.ALL"], self.render.code(_continued(node, op), facts)))
        return found


def _joined(value: Any, name: str, code: str) -> Any:
    """An object of the definition, constant or computed, with one more member."""
    if isinstance(value, dict):
        return {**value, name: quoted(code)}
    return quoted(f"$merge([{value[3:-3]}, {{'{name}': {code}}}])")


def routed(op: Invoke, answer: Expr) -> Expr:
    """The outcome that an answer leads to."""
    if not op.routes:
        return Literal(OK)
    chosen: Expr = Literal(None)
    for case in reversed(op.routes):
        when = substitute(case.when, {Ref(RefKind.RESULT): answer})
        chosen = If(when, Literal(case.port), chosen)
    return chosen


def _continued(node: FlowNode, op: Invoke) -> Expr:
    """`continue` sends the configured value out of every data port."""
    value = Literal(node.on_error_value)
    if op.routes:
        answer = Var("answer")
        return Let("answer", value, Object((("h", routed(op, answer)), ("r", answer))))
    ports = Object(tuple((port.name, value) for port in node.outputs))
    return Object((("h", Literal(OK)), ("r", ports)))


def error_record(
    node: str,
    attempts: str = ATTEMPTS,
    *,
    several: bool = False,
    native: bool = False,
    limited: bool = False,
) -> str:
    """The outcome of a handled error, from what the host says of it; `several` as of a node of
    which several ports may be live.

    A handler's error arrives as JSON text with `errorMessage` (AWS, "Lambda function errors in
    Python"); the host's own errors arrive as plain text, with null or with none. A cause that the
    host cut at its limit is no JSON any more: it no longer ends as it began.
    `native`: it may come from a call of the host's own, whose cause is what the service answered
    and whose error gets the name that a runner gives it (`asl/http_task.py`); `limited`: which
    ends by its own time limit.
    """
    told, kind, begin = "$substring($c, 0, 1) = '{' and $substring($c, -1) = '}'", "$e.Error", ""
    if native:
        begin = "$n := $contains($e.Error, 'States.Http.'); "
        told = f"$not($n) and {told}"
        timeout = " or $e.Error = 'States.Timeout'" if limited else ""
        kind = (
            f"$contains($e.Error, /{PASSING_PATTERN}/){timeout} ? '{TRANSIENT}' "
            f": $n ? '{PERMANENT}' : $e.Error"
        )
    error = (
        f"{{'node': '{node}', 'type': {kind}, "
        f"'message': $exists($m) ? $string($m) : '', 'attempts': {attempts}}}"
    )
    taken = f"'{ERROR_PORT}'"
    if several:
        taken, error = f"{{{taken}: true}}", f"{{{taken}: {error}}}"
    return (
        "($e := $states.errorOutput; $c := $type($e.Cause) = 'string' ? $e.Cause : ''; "
        f"{begin}$m := {told} ? $parse($c).errorMessage : $c; "
        f"{{'h': {taken}, 'r': {error}}})"
    )


def calls_out(program: Program) -> bool:
    """Whether the host itself makes some call, so that a loop may end in that call's error."""
    return any(
        isinstance(op, Invoke) and isinstance(op.native, NativeCall)
        for op in program.effects.values()
    )


def seconds(value: Expr, least: int) -> Expr:
    """A number of seconds as the host takes it: whole, rounded up, not below `least`."""
    if isinstance(value, Literal):
        return Literal(_whole(value.value, least))
    here = Var("seconds")
    up: Expr = Call("ceil", (here,))
    bounded = If(
        Binary(">", here, Literal(MAX_WAIT_SECONDS)),
        Literal(MAX_WAIT_SECONDS),
        If(Binary(">", here, Literal(least)), up, Literal(least)),
    )
    return Let("seconds", value, bounded)


def _whole(value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return least
    up = int(value) if value == int(value) else int(value) + 1
    return max(least, min(up, MAX_WAIT_SECONDS))
