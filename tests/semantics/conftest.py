"""Flows written down in one line, and random ones, for tests of the semantics."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from weft.domain.graph import Settings
from weft.expressions.ast import Expr, Get, JsonValue, Literal, Object, Ref, RefKind
from weft.ir.flow import TOP, Flow, FlowEdge, FlowNode, OnError
from weft.ir.ops import Case, Compute, Decide, ForEach, Invoke, Op, Result, Sleep, Start
from weft.ir.ports import Join, Port
from weft.semantics.answers import Answer, Failed, Ok, Path

IN = Ref(RefKind.PORT, "input")


def node(
    node_id: str,
    op: Op,
    inputs: Sequence[str | Port] = ("input",),
    outputs: Sequence[str] = ("output",),
    **more: Any,
) -> FlowNode:
    """A node whose ports are given by name."""
    ports = tuple(p if isinstance(p, Port) else Port(p) for p in inputs)
    return FlowNode(node_id, op, ports, tuple(Port(name) for name in outputs), **more)


def start(node_id: str = "t") -> FlowNode:
    data = Get(Ref(RefKind.TRIGGER), "data")
    return node(node_id, Start({"output": data}), inputs=())


def call(node_id: str, sees: Expr = IN, **more: Any) -> FlowNode:
    """An effect with one output whose one argument is `sees`."""
    op = Invoke("core", "call", 1, config={"sees": sees})
    return node(node_id, op, **more)


def pure(node_id: str, value: Expr = IN, **more: Any) -> FlowNode:
    return node(node_id, Compute({"output": value}), **more)


def decide(node_id: str, when: Expr, value: Expr = IN, **more: Any) -> FlowNode:
    op = Decide((Case("true", when),), "false", value)
    return node(node_id, op, outputs=("true", "false"), **more)


def for_each(node_id: str, items: Expr = IN, **more: Any) -> FlowNode:
    op_fields = {k: more.pop(k) for k in ("skip_failed", "concurrency") if k in more}
    ports = ("input", Port("back", gates=False))
    return node(node_id, ForEach(items, **op_fields), ports, ("item", "done"), **more)


def result(node_id: str, value: Expr = IN, *, response: bool = False, **more: Any) -> FlowNode:
    return node(node_id, Result(value, response), outputs=(), **more)


def sleep(node_id: str, seconds: float = 1) -> FlowNode:
    return node(node_id, Sleep(IN, seconds=Literal(seconds)))


def flow(
    nodes: Sequence[FlowNode],
    wires: str,
    references: Sequence[tuple[str, str]] = (),
    **more: Any,
) -> Flow:
    """A flow from nodes in topological order and wires like `t>a; a.error>b.second`."""
    by_id = {n.id: n for n in nodes}
    edges = []
    for wire in filter(None, (part.strip() for part in wires.split(";"))):
        source, target = wire.split(">")
        source_id, _, source_port = source.partition(".")
        target_id, _, target_port = target.partition(".")
        first_out = by_id[source_id].outputs[0].name
        edges.append(
            FlowEdge(source_id, source_port or first_out, target_id, target_port or "input")
        )
    sinks = {n.id for n in nodes if n.scope == TOP} - {e.source for e in edges}
    named = tuple(n.id for n in nodes if isinstance(n.op, Result) and n.scope == TOP)
    results = named or tuple(n.id for n in nodes if n.id in sinks)
    return Flow(by_id, tuple(edges), frozenset(references), results, {}, Settings(), **more)


def envelope(data: JsonValue = None, fired: str = "t") -> dict[str, JsonValue]:
    return {"node": fired, "type": "manual_trigger", "data": data}


class Script:
    """An oracle that answers from a table; else with a value that names the activation."""

    def __init__(self, answers: dict[Any, Answer] | None = None) -> None:
        self.answers = answers or {}

    def __call__(self, node_id: str, path: Path, arguments: JsonValue) -> Answer:
        named = {"output": f"{node_id}{list(path) or ''}"}
        return self.answers.get((node_id, path)) or self.answers.get(node_id) or Ok(named)


class Chance:
    """An oracle whose answers follow from a seed, the activation and nothing else."""

    def __init__(self, seed: int, failures: float = 0.1) -> None:
        self.seed, self.failures = seed, failures

    def __call__(self, node_id: str, path: Path, arguments: JsonValue) -> Answer:
        dice = random.Random(f"{self.seed}/{node_id}/{path}")
        if dice.random() < self.failures:
            return Failed("PermanentStepError", "no", 1)
        items: list[JsonValue] = [dice.randint(0, 9) for _ in range(dice.randint(0, 3))]
        return Ok({"output": dice.choice([True, False, None, node_id, items])})


def random_flow(seed: int) -> Flow:
    """Any acyclic wiring of every kind of node, with for-each bodies inside each other."""
    return _Growth(random.Random(seed)).flow()


class _Growth:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.nodes: list[FlowNode] = [start("t"), start("u")][: dice.randint(1, 2)]
        self.edges: list[FlowEdge] = []
        self.references: set[tuple[str, str]] = set()

    def flow(self) -> Flow:
        self.grow(TOP, [n.id for n in self.nodes], self.dice.randint(2, 14), 0)
        nodes = {n.id: n for n in self.nodes}
        ranks = {n: rank for rank, n in enumerate(nodes)}
        edges = sorted(self.edges, key=lambda e: (ranks[e.target], e.target_port))
        sources = {e.source for e in edges}
        sinks = tuple(n.id for n in self.nodes if n.scope == TOP and n.id not in sources)
        return Flow(nodes, tuple(edges), frozenset(self.references), sinks, {}, Settings())

    def grow(self, scope: str, above: list[str], size: int, depth: int) -> list[str]:
        """Add nodes to a scope; `above` may be wired from. Gives the ids of the new ones."""
        here: list[str] = []
        for _ in range(size):
            made = self.make(scope, [*above, *here])
            self.nodes.append(made)
            ports = [p.name for p in made.inputs if p.name != "back"]
            for port in ports:
                many = self.dice.choice([1, 1, 1, 2, 3]) if port == ports[0] else 1
                for source in self.dice.sample([*above, *here], min(many, len([*above, *here]))):
                    self.wire(source, made.id, port)
            here.append(made.id)
            if isinstance(made.op, ForEach) and depth < 2:
                inside = self.grow(made.id, [made.id], self.dice.randint(1, 4), depth + 1)
                for source in self.dice.sample(inside, min(len(inside), self.dice.randint(0, 2))):
                    self.wire(source, made.id, "back")
        return here

    def make(self, scope: str, known: list[str]) -> FlowNode:
        node_id = f"n{len(self.nodes)}"
        more: dict[str, Any] = {"scope": scope, "join": self.dice.choice(list(Join))}
        readable = [k for k in known if k != scope]
        other = self.dice.choice(readable) if readable and self.dice.random() < 0.4 else None
        sees: Expr = IN
        if other is not None:
            self.references.add((other, node_id))
            sees = Object((("in", IN), ("other", Ref(RefKind.NODE, other))))
        if scope != TOP and self.dice.random() < 0.3:
            sees = Object((("loop", Ref(RefKind.NODE, scope)), ("sees", sees)))
        more["on_error"] = self.dice.choice(list(OnError))
        kinds: list[Callable[[], FlowNode]] = [
            lambda: call(node_id, sees, inputs=("input", Port("more", many=True)), **more),
            lambda: call(node_id, sees, **more),
            lambda: pure(node_id, sees, **more),
            lambda: decide(node_id, sees if other is None else IN, **more),
            lambda: for_each(node_id, skip_failed=self.dice.random() < 0.5, **more),
        ]
        return self.dice.choice(kinds)()

    def wire(self, source: str, target: str, port: str) -> None:
        found = next(n for n in self.nodes if n.id == source)
        inside = next(n for n in self.nodes if n.id == target).scope == source
        ports = ["item"] if inside else [p.name for p in found.outputs if p.name != "item"]
        if (
            not inside
            and isinstance(found.op, Invoke | ForEach)
            and found.on_error is OnError.BRANCH
        ):
            ports.append("error")
        self.edges.append(FlowEdge(source, self.dice.choice(ports), target, port))


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The vocabulary: node kinds, `flow`, `envelope`, oracles and `random_flow`."""
    return SimpleNamespace(
        node=node,
        start=start,
        call=call,
        pure=pure,
        decide=decide,
        for_each=for_each,
        result=result,
        sleep=sleep,
        flow=flow,
        envelope=envelope,
        Script=Script,
        Chance=Chance,
        random_flow=random_flow,
        IN=IN,
        replace=replace,
    )
