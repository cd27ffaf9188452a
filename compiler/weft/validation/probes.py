"""Node types that exist to test the compiler: every kind of join, port and effect, nothing else.

All values are records `{"id", "n", "flag", "items", "name"}`, arrays of such, or null, so that any
node can follow any other and what happens depends on what flowed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from weft.asl.http_task import HTTP_INVOKE, PASSING
from weft.expressions.ast import Array, Binary, Expr, Get, Literal, Object, Ref, RefKind
from weft.ir.ops import (
    Call,
    Case,
    Compute,
    Decide,
    ForEach,
    Invoke,
    NativeCall,
    Op,
    Race,
    Result,
    Sleep,
    Start,
)
from weft.ir.ports import Join, Kind, Port
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, DeclaredInput, NodeType, expression_of

GROUP = "core"
CHOICES = ("left", "right")
FIELDS = ("id", "n", "flag", "items", "name")


class ProbeConfig(NodeConfig):
    """`value` is anything a probe looks at besides its inputs."""

    value: Value = None


class SwitchConfig(ProbeConfig):
    """`ports` in order; port k is taken for records whose `n` is k or k + 1."""

    ports: tuple[str, ...] = ("one", "two")
    default: bool = True
    every_match: bool = False


class EachConfig(ProbeConfig):
    """The items are the input's `items` unless `value` is set."""

    concurrency: int = 0
    skip_failed: bool = False


class RunConfig(ProbeConfig):
    """Runs `workflow` with `inputs`."""

    workflow: str
    inputs: dict[str, Value] = Field(default_factory=dict)


class TakenInput(NodeConfig):
    """One declared input."""

    name: str
    kind: Kind = Kind.ANY
    required: bool = False


class TakesConfig(ProbeConfig):
    """Declares what the workflow takes."""

    inputs: tuple[TakenInput, ...] = ()


class WhileConfig(ProbeConfig):
    """Goes on while `value` holds."""

    rounds: int = 4


def _port(name: str = "input") -> Expr:
    return Ref(RefKind.PORT, name)


def _record(node: BoundNode[Any]) -> Expr:
    """A record that tells where it comes from; made of the input's fields, so it never grows."""
    held = {name: Get(_port(), name) for name in FIELDS}
    seen: dict[str, Expr] = {
        **held,
        "id": Array((Literal(node.id), Get(_port(), "n"), Get(node.value("value"), "n"))),
    }
    return Object(tuple(seen.items()))


def _start(node: BoundNode[ProbeConfig]) -> Op:
    return Start({"output": Get(Ref(RefKind.TRIGGER), "data")}, callable=True)


def _run(node: BoundNode[RunConfig]) -> Op:
    inputs = {name: expression_of(value) for name, value in node.config.inputs.items()}
    return Call(node.config.workflow, None, inputs)


def _taken(config: TakesConfig) -> tuple[DeclaredInput, ...]:
    return tuple(DeclaredInput(i.name, i.kind, i.required) for i in config.inputs)


def _pure(node: BoundNode[ProbeConfig]) -> Op:
    return Compute({"output": _record(node)})


def _pass(node: BoundNode[ProbeConfig]) -> Op:
    return Compute({"output": _port()})


def _pair(node: BoundNode[ProbeConfig]) -> Op:
    return Compute({"left": _record(node), "right": node.value("value")})


def _if(node: BoundNode[ProbeConfig]) -> Op:
    return Decide((Case("true", Get(_port(), "flag")),), "false", _port())


def _if_value(node: BoundNode[ProbeConfig]) -> Op:
    return Decide((Case("true", node.value("value")),), "false", _port())


def _while(node: BoundNode[WhileConfig]) -> Op:
    here: Expr = Ref(RefKind.LOOP, "item")
    return Decide((Case("body", node.value("value")),), "done", here, rounds=node.config.rounds)


def _switch(node: BoundNode[SwitchConfig]) -> Op:
    of = Get(_port(), "n")
    cases = tuple(
        Case(port, Binary("or", _is(of, k), _is(of, k + 1)))
        for k, port in enumerate(node.config.ports)
    )
    otherwise = "default" if node.config.default else None
    return Decide(cases, otherwise, _port(), node.config.every_match)


def _is(left: Expr, right: int) -> Expr:
    return Binary("==", left, Literal(right))


def _call(node: BoundNode[ProbeConfig], name: str, **more: Any) -> Invoke:
    inputs = {port: _port(port) for port in sorted(node.connected)}
    safe = name not in ("probe_call_all", "probe_call_always")  # some of each
    return Invoke(GROUP, name, 1, {"value": node.value("value")}, inputs, idempotent=safe, **more)


def _caller(name: str, *outputs: str) -> Callable[[BoundNode[Any]], Op]:
    return lambda node: _call(node, name, outputs=outputs or ("output",))


def _routes(*ports: str) -> tuple[Case, ...]:
    chosen = Get(Get(Ref(RefKind.RESULT), "output"), "name")
    return tuple(Case(port, Binary("==", chosen, Literal(port))) for port in ports)


def _router(node: BoundNode[ProbeConfig]) -> Op:
    return _call(node, "probe_route", routes=_routes(*CHOICES))


def _ask(node: BoundNode[ProbeConfig]) -> Op:
    return _call(
        node, "probe_ask", routes=_routes(*CHOICES), callback=True, timeout=Literal(3600),
        timeout_port="timeout",
    )  # fmt: skip


def native_probe(body: Expr) -> NativeCall:
    """A call that the host makes, with what it is sent, and one output."""
    arguments: Mapping[str, Expr] = {
        "ApiEndpoint": Literal("https://probe.example"),
        "Method": Literal("POST"),
        "Authentication": Literal({"ConnectionArn": "connection:probe"}),
        "Headers": Literal({}),
        "RequestBody": body,
    }
    key_at = ("Headers", "Idempotency-Key")
    return NativeCall(HTTP_INVOKE, arguments, {"output": "body"}, PASSING, 30, key_at)


def _native(node: BoundNode[ProbeConfig]) -> Op:
    given = {port: _port(port) for port in sorted(node.connected)}
    body = Object((*given.items(), ("value", node.value("value"))))
    return _call(node, "probe_call_native", native=native_probe(body))


def _sleep(node: BoundNode[ProbeConfig]) -> Op:
    return Sleep(_port(), seconds=Literal(5))


def _each(node: BoundNode[EachConfig]) -> Op:
    config = node.config
    items = Get(_port(), "items") if config.value is None else node.value("value")
    return ForEach(items, config.concurrency, config.skip_failed)


def _race(node: BoundNode[ProbeConfig]) -> Op:
    return Race()


def _result(node: BoundNode[ProbeConfig]) -> Op:
    return Result(_port())


def _respond(node: BoundNode[ProbeConfig]) -> Op:
    return Result(_port(), response=True)


def _type(name: str, lower: Callable[[BoundNode[Any]], Op], **more: Any) -> NodeType[Any]:
    effect = name.startswith(("probe_call", "probe_ask", "probe_route"))
    fields: dict[str, Any] = {
        "version": 1,
        "title": name,
        "description": "A probe.",
        "category": Category.FLOW,
        "config": ProbeConfig,
        "group": GROUP if effect else None,
        "run": _never if effect else None,
    }
    return NodeType(name=name, lower=lower, **{**fields, **more})


def _never(config: Any, inputs: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    raise NotImplementedError("probes are answered by an oracle")


def _ports(*names: str) -> tuple[Port, ...]:
    return tuple(Port(name) for name in names)


def _switch_ports(config: SwitchConfig) -> tuple[Port, ...]:
    return _ports(*config.ports, *(["default"] if config.default else []))


_MANY = (Port("input", many=True),)
_OPTIONAL = (Port("input"), Port("extra", gates=False))

TYPES: Mapping[str, NodeType[Any]] = {
    made.name: made
    for made in (
        _type("probe_start", _start, inputs=(), category=Category.TRIGGER),
        _type("probe_pure", _pure),
        _type("probe_pair", _pair, outputs=_ports("left", "right")),
        _type("probe_if", _if, outputs=_ports("true", "false")),
        _type("probe_if_value", _if_value, outputs=_ports("true", "false")),
        _type("probe_switch", _switch, outputs=_switch_ports, config=SwitchConfig),
        _type("probe_first", _pass, join=Join.ANY_PORT),
        _type("probe_append", _pass, inputs=_MANY, join=Join.ANY_PORT),
        _type("probe_all", _pass, inputs=_MANY, join=Join.ALL_EDGES),
        _type("probe_sleep", _sleep),
        _type("probe_run", _run, config=RunConfig, calls=True),
        _type("probe_takes", _pass, config=TakesConfig, declares=_taken),
        _type("probe_call", _caller("probe_call")),
        _type("probe_call_two", _caller("probe_call_two", "left", "right"),
              outputs=_ports("left", "right")),
        _type("probe_call_strict", _caller("probe_call_strict"), inputs=_ports("left", "right")),
        _type("probe_call_any", _caller("probe_call_any"), inputs=_ports("left", "right"),
              join=Join.ANY_PORT),
        _type("probe_call_all", _caller("probe_call_all"), inputs=_MANY, join=Join.ALL_EDGES),
        _type("probe_call_always", _caller("probe_call_always"), inputs=_MANY, join=Join.ALWAYS),
        _type("probe_call_optional", _caller("probe_call_optional"), inputs=_OPTIONAL),
        _type("probe_call_native", _native),
        _type("probe_route", _router, outputs=_ports(*CHOICES)),
        _type("probe_ask", _ask, outputs=_ports(*CHOICES, "timeout")),
        _type("probe_each", _each, config=EachConfig, body="item",
              inputs=(Port("input"), Port("back", gates=False)), outputs=_ports("item", "done")),
        _type("probe_while", _while, config=WhileConfig, body="body",
              inputs=(Port("input"), Port("back", gates=False)), outputs=_ports("body", "done")),
        _type("probe_race", _race, inputs=_MANY, join=Join.ANY_PORT),
        _type("probe_result", _result, outputs=()),
        _type("probe_respond", _respond, outputs=()),
    )
}  # fmt: skip


class ProbeCatalogue:
    """The catalogue of probes."""

    def find(self, name: str) -> NodeType[Any] | None:
        """The probe of that name."""
        return TYPES.get(name)

    def names(self) -> tuple[str, ...]:
        """All names."""
        return tuple(TYPES)
