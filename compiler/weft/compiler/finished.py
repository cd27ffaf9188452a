"""Compile from a step: what nodes came to in an earlier run becomes constants of a new one.

The artefact of the new run computes what the graph means, given those constants; it has states
for nothing that is finished.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal

import orjson

from weft.asl.limits import MAX_PAYLOAD
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import CompileError, Diagnostic
from weft.expressions.ast import JsonValue, RefKind
from weft.expressions.references import references
from weft.ir.flow import TOP, Flow, FlowNode, OnError, inner_id
from weft.ir.ops import ERROR_PORT, Known, Repeat, Result, Start
from weft.ir.walk import expressions
from weft.semantics.facts import Facts, Status

NOTHING_FINISHED: Final[Mapping[str, Known]] = MappingProxyType({})
# All constants of one definition: what a machine may be, less room for its states.
MAX_KNOWN: Final = 750_000


def with_finished(flow: Flow, finished: Mapping[str, Known]) -> Flow:
    """The flow in which finished nodes are constants. Raises `CompileError` (W4003, W4004).

    A finished loop is its own node, without a body; of the nodes in the body those stay, as
    constants, that something outside reads. A node in a body that is to run again runs again.
    """
    problems = list(_problems(flow, finished))
    if problems:
        raise CompileError(problems)
    outer = {name: outermost(flow, name) for name in flow.nodes}
    gone = {name for name, loop in outer.items() if name != loop and loop in finished}
    done = {name for name in flow.nodes if outer[name] == name and name in finished}
    running = [n for n in flow.nodes.values() if n.id not in done and n.id not in gone]
    read = {name for node in running for name in _read_by(node)} & gone
    # First, since those who read them wait for the loop alone.
    nodes = {name: _known(flow.nodes[name], finished) for name in flow.nodes if name in read}
    for name, node in flow.nodes.items():
        if name not in gone:
            nodes[name] = _known(node, finished) if name in done else node
    edges = tuple(
        edge
        for edge in flow.edges
        if edge.target not in done and not {edge.source, edge.target} & gone
    )
    pairs = frozenset(
        (first, then)
        for first, then in flow.references
        if then not in done and not {first, then} & gone
    )
    return replace(flow, nodes=nodes, edges=edges, references=pairs)


def from_node(facts: Facts, node_id: str) -> dict[str, Known]:
    """What is finished when a run is run again from a node: all that ended and is not behind it.

    `facts` are those of the earlier run. A node in a loop's body stands for its outermost loop,
    a call for all that it runs. Triggers are left out: the new run starts with the same envelope,
    which says who fired.
    Raises KeyError for a node that the flow does not have.
    """
    wiring = facts.wiring
    flow = wiring.flow
    behind: set[str] = set()
    called = inner_id(node_id, "")
    ahead = [outermost(flow, name) for name in flow.nodes if name.startswith(called)]
    ahead.append(outermost(flow, node_id))
    while ahead:
        name = ahead.pop()
        if name not in behind:
            behind.add(name)
            ahead += wiring.follows[name]
    found: dict[str, Known] = {}
    for node in flow.nodes.values():
        loop = outermost(flow, node.id)
        if loop in behind or isinstance(node.op, Start) or (loop, ()) not in facts.live:
            continue
        if loop == node.id:
            at = (node.id, ())
            status = _ended(facts.statuses[at])
            found[node.id] = Known(facts.live[at], facts.values.get(at), status)
        else:
            found[node.id] = Known({}, facts.last(node.id))
    return found


def read_finished(told: JsonValue) -> dict[str, Known]:
    """Finished nodes as a person writes them: by id `{"output", "live": {port: value}, "status"}`.

    Without `live` the port `output` carries the output; status is success, error or skipped.
    Raises `CompileError` (W4004) for anything else.
    """
    if not isinstance(told, dict):
        raise CompileError([diagnose("W4004", "finished nodes are an object by node id")])
    found: dict[str, Known] = {}
    problems = []
    for name, one in told.items():
        try:
            found[name] = _read(one)
        except ValueError as error:
            problems.append(diagnose("W4004", f"{name}: {error}", name))
    if problems:
        raise CompileError(problems)
    return found


def _read(one: JsonValue) -> Known:
    if not isinstance(one, dict) or not one.keys() <= {"output", "live", "status"}:
        raise ValueError('write {"output": …}, with "live" and "status" where needed')
    value, status = one.get("output"), one.get("status", "success")
    live = one.get("live", {} if status == "skipped" else {"output": value})
    if not isinstance(live, dict):
        raise ValueError("live is an object by port")
    match status:
        case "skipped" if live or value is not None:
            raise ValueError("what is skipped has no output")
        case "success" | "error" | "skipped":
            return Known(live, value, status)
        case _:
            raise ValueError("status is success, error or skipped")


def outermost(flow: Flow, node_id: str) -> str:
    """The node of the top scope that holds a node: a loop, or the node itself."""
    name = node_id
    while (scope := flow.nodes[name].scope) != TOP:
        name = scope
    return name


def _problems(flow: Flow, finished: Mapping[str, Known]) -> Iterator[Diagnostic]:
    total = 0
    for name, known in finished.items():
        if name not in flow.nodes:
            yield diagnose("W4004", f"the graph has no node {name}", name)
            continue
        if unknown := known.live.keys() - _ports(flow.nodes[name]):
            port = min(unknown)
            yield diagnose("W4004", f"{name} has no output {port}", name, port)
        size = max(len(orjson.dumps(value)) for value in (known.value, *known.live.values()))
        total += len(orjson.dumps([dict(known.live), known.value]))
        if size > MAX_PAYLOAD:
            message = f"what {name} gave is {size} bytes; {MAX_PAYLOAD} can be handed on"
            yield diagnose("W4003", message, name, hint="run from an earlier node")
    if total > MAX_KNOWN:
        message = f"finished nodes gave {total} bytes; a definition has room for {MAX_KNOWN}"
        yield diagnose("W4003", message, hint="run from an earlier node")


def _ports(node: FlowNode) -> set[str]:
    exits = node.op.exits if isinstance(node.op, Repeat) else ()
    return {ERROR_PORT, *exits, *(port.name for port in node.outputs)}


def _read_by(node: FlowNode) -> Iterator[str]:
    for expr in expressions(node.op):
        for ref in references(expr):
            if ref.kind is RefKind.NODE:
                yield ref.name


def _known(node: FlowNode, finished: Mapping[str, Known]) -> FlowNode:
    known = finished.get(node.id, Known({}, None, "skipped"))
    answers = isinstance(node.op, Result) and node.op.response
    return replace(
        node, op=replace(known, response=answers), inputs=(), scope=TOP, on_error=OnError.FAIL
    )


def _ended(status: Status) -> Literal["success", "error", "skipped"]:
    match status:
        case Status.ERROR:
            return "error"
        case Status.SKIPPED:
            return "skipped"
        case _:
            return "success"
