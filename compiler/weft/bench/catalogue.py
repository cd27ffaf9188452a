"""Node types that stand for what real graphs are made of, one per abstract class of node.

All values are records `{"id", "n", "picks", "items", "name"}` (or arrays of such, or null).
`picks` names the port that each decision behind the record takes; effects answer with fresh
ones, so that decisions come out uniform and what happens depends on what flowed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from weft.asl.http_task import HTTP_INVOKE, MAX_SECONDS, PASSING
from weft.expressions.ast import (
    Array,
    At,
    Binary,
    Call,
    Expr,
    Get,
    If,
    Literal,
    Object,
    Ref,
    RefKind,
)
from weft.ir.ops import Case, Compute, Decide, ForEach, Invoke, NativeCall, Op, Sleep, Start
from weft.ir.ports import Join, Port
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType

# Runner groups by class; what is not code and asks nobody, the host can do itself.
EFFECTS = {"code": "code", "llm": "ai", "native": "net", "subflow": "flow", "approval": "flow"}
NATIVE = frozenset({"llm", "native", "subflow"})
# As the product's own types; of calls of other services the configuration says it.
REPEATABLE = frozenset({"code", "llm"})
SERVICE = "native"  # the class of calls of other services
PREFIX = "bench_"
WAIT_SECONDS = 1
ANSWER_WITHIN = 3600  # seconds for an approval
HELD = ("n", "picks", "items", "name")


class BenchConfig(NodeConfig):
    """`value`: outputs of other nodes that the node's settings name."""

    value: Value = None


class PortsConfig(BenchConfig):
    """`ports`: the ways out, of which one is taken; none: there is the one output. `repeatable`:
    of a call of another service, whether it changes nothing there."""

    ports: tuple[str, ...] = ()
    repeatable: bool = False


class EachConfig(BenchConfig):
    """`concurrency` as in the product; 0: no limit."""

    concurrency: int = 1


def class_of(node_type: str) -> str:
    """The abstract class of one of these node types."""
    return node_type.removeprefix(PREFIX)


def _port() -> Expr:
    return Ref(RefKind.PORT, "input")


def _record(node: BoundNode[Any], of: Expr) -> Expr:
    """A record that tells where it comes from; made of another's fields, so it never grows."""
    seen: list[Expr] = [Literal(node.id), Get(of, "n")]
    if node.config.value is not None:
        seen.append(node.value("value"))
    return Object((("id", Array(tuple(seen))), *((name, Get(of, name)) for name in HELD)))


def _start(node: BoundNode[BenchConfig]) -> Op:
    return Start({"output": Get(Ref(RefKind.TRIGGER), "data")})


def _pure(node: BoundNode[BenchConfig]) -> Op:
    return Compute({"output": _record(node, _port())})


def _merge(node: BoundNode[BenchConfig]) -> Op:
    """Appends: a record of the first arrival, with how many there were."""
    first = At(_port(), Literal(0))
    fields = {name: Get(first, name) for name in HELD}
    seen = (Literal(node.id), Call("length", (_port(),)), node.value("value"))
    return Compute({"output": Object((("id", Array(seen)), *fields.items()))})


def _decide(node: BoundNode[PortsConfig]) -> Op:
    given = Get(Get(Get(Ref(RefKind.TRIGGER), "data"), "picks"), node.id)
    pick = Call("default", (Get(Get(_port(), "picks"), node.id), given))
    *ports, last = node.config.ports
    cases = [Case(port, Binary("==", pick, Literal(port))) for port in ports]
    if node.config.value is not None and cases:
        # What the condition names is read and changes nothing.
        read = Binary("!=", Call("type", (node.value("value"),)), Literal("never"))
        cases[0] = Case(cases[0].port, Binary("and", cases[0].when, read))
    return Decide(tuple(cases), last, _port())


def _caller(kind: str) -> Callable[[BoundNode[PortsConfig]], Op]:
    def lower(node: BoundNode[PortsConfig]) -> Op:
        inputs = {"input": _port()} if node.connected else {}
        answer = Get(Get(Ref(RefKind.RESULT), "output"), "name")
        routes = [Case(port, Binary("==", answer, Literal(port))) for port in node.config.ports]
        asks = kind == "approval"
        return Invoke(
            EFFECTS[kind], PREFIX + kind, 1, {"value": node.value("value")}, inputs,
            routes=tuple(routes), callback=asks,
            timeout=Literal(ANSWER_WITHIN) if asks else None,
            idempotent=asks, repeatable=kind in REPEATABLE or node.config.repeatable,
            native=_native(node, inputs) if kind in NATIVE else None,
        )  # fmt: skip

    return lower


def _native(node: BoundNode[PortsConfig], inputs: Mapping[str, Expr]) -> NativeCall:
    arguments: Mapping[str, Expr] = {
        "ApiEndpoint": Literal("https://service.example"),
        "Method": Literal("POST"),
        "Authentication": Literal({"ConnectionArn": "connection:service"}),
        "Headers": Literal({}),
        "RequestBody": Object((*inputs.items(), ("value", node.value("value")))),
    }
    key = ("Headers", "Idempotency-Key")
    return NativeCall(HTTP_INVOKE, arguments, {"output": "body"}, PASSING, MAX_SECONDS, key)


def _wait(node: BoundNode[BenchConfig]) -> Op:
    value = _port() if node.config.value is None else _record(node, _port())
    return Sleep(value, seconds=Literal(WAIT_SECONDS))


def _each(node: BoundNode[EachConfig]) -> Op:
    items: Expr = Call("default", (Get(_port(), "items"), Literal([])))
    if node.config.value is not None:
        items = If(Binary("==", node.value("value"), Literal("never")), Literal([]), items)
    return ForEach(items, node.config.concurrency)


def _outputs(config: PortsConfig) -> tuple[Port, ...]:
    return tuple(Port(name) for name in config.ports or ("output",))


def _never(config: Any, inputs: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    raise NotImplementedError("these nodes are answered by an oracle")


def _type(kind: str, lower: Callable[[BoundNode[Any]], Op], **more: Any) -> NodeType[Any]:
    fields: dict[str, Any] = {
        "version": 1, "title": kind, "description": "Stands for a class of nodes.",
        "category": Category.FLOW, "config": BenchConfig,
    }  # fmt: skip
    return NodeType(name=PREFIX + kind, lower=lower, **{**fields, **more})


def _effect(kind: str) -> NodeType[Any]:
    return _type(
        kind, _caller(kind), config=PortsConfig, outputs=_outputs, group=EFFECTS[kind], run=_never
    )


_MANY = (Port("input", many=True),)
_LOOP = (Port("input"), Port("back", gates=False))

TYPES: Mapping[str, NodeType[Any]] = {
    made.name: made
    for made in (
        _type("trigger", _start, inputs=(), category=Category.TRIGGER),
        _type("pure", _pure),
        _type("merge", _merge, inputs=_MANY, join=Join.ANY_PORT),
        _type("decision", _decide, config=PortsConfig, outputs=_outputs),
        _type("wait", _wait),
        _type("foreach", _each, config=EachConfig, inputs=_LOOP,
              outputs=(Port("item"), Port("done"))),
        *(_effect(kind) for kind in EFFECTS),
    )
}  # fmt: skip


class BenchCatalogue:
    """The catalogue of abstract node types."""

    def find(self, name: str) -> NodeType[Any] | None:
        """The type of that name."""
        return TYPES.get(name)

    def names(self) -> tuple[str, ...]:
        """All names."""
        return tuple(TYPES)
