"""Calls of other workflows: what is called is there and can be, and gets what it declares."""

from collections.abc import Generator, Iterator
from dataclasses import replace

from weft.compiler.check.draft import Callee, Draft
from weft.compiler.diagnostics import diagnose
from weft.compiler.parse import MAX_NODES
from weft.domain.errors import Diagnostic
from weft.expressions.ast import (
    Array,
    Binary,
    Concat,
    Expr,
    Let,
    Literal,
    Object,
    Var,
)
from weft.expressions.ast import Call as Function
from weft.expressions.types import kind_of
from weft.ir.flow import Flow
from weft.ir.ops import Call, Demand
from weft.ir.ports import Kind
from weft.nodekit.node_type import DeclaredInput

_NULL = Literal(None)


def check_calls(draft: Draft) -> Iterator[Diagnostic]:
    """Fill `draft.calls`, and say in each call where it starts and what it demands."""
    for name, item in draft.nodes.items():
        if not isinstance(item.op, Call):
            continue
        callee = yield from _callee(draft, name, item.op)
        if callee is None or callee.start is None:
            continue
        yield from _names(name, item.op, callee)
        demands = yield from _demands(name, item.op, callee)
        draft.calls[name] = callee.flow
        item.op = replace(item.op, start=callee.start, demands=tuple(demands))
    total = len(draft.nodes) + sum(map(size, draft.calls.values()))
    if draft.calls and total > MAX_NODES:
        message = f"{total} nodes with those of the workflows it calls; {MAX_NODES} are allowed"
        yield diagnose("W4002", message, node=next(iter(draft.calls)))


def size(flow: Flow) -> int:
    """Number of nodes, those of the workflows it calls included."""
    return len(flow.nodes) + sum(map(size, flow.calls.values()))


def _callee(draft: Draft, name: str, op: Call) -> Generator[Diagnostic, None, Callee | None]:
    if op.workflow in draft.workflows.calling:
        shown = " → ".join((*draft.workflows.calling, op.workflow))
        yield diagnose(
            "W2043", shown, node=name, port="workflow", hint="repeat with a loop instead"
        )
        return None
    found = draft.workflows.look_up(op.reference, op.workflow)
    if found is None:
        yield diagnose(
            "W2040",
            f"there is no published workflow {op.reference!r}",
            node=name,
            port="workflow",
            hint="publish it first, or correct its id",
        )
        return None
    if not isinstance(found, Callee):
        circle = next((p for p in found if p.code == "W2043"), None)
        if circle is not None:
            yield replace(circle, node=name, port="workflow")
            return None
        first = found[0]
        where = f" at {first.node}" if first.node else ""
        message = f"{op.reference}: {first.code}{where}: {first.message}"
        yield diagnose("W2042", message, node=name, port="workflow", hint=f"correct {op.workflow}")
        return None
    if found.start is None:
        yield diagnose(
            "W2041",
            f"{op.reference} has no trigger by hand",
            node=name,
            port="workflow",
            hint="add a manual trigger to it, and a run inputs node to declare what it takes",
        )
    return found


def _names(name: str, op: Call, callee: Callee) -> Iterator[Diagnostic]:
    """What is given is declared, if anything is; what is required is given."""
    if callee.inputs is None:
        return
    declared = {item.name: item for item in callee.inputs}
    for given in sorted(op.inputs.keys() - declared.keys()):
        hint = f"it declares: {', '.join(declared) or 'nothing'}"
        yield diagnose(
            "W2045", f"{op.reference} takes no {given!r}", node=name, port=_at(given), hint=hint
        )
    for item in declared.values():
        if item.required and op.inputs.get(item.name, _NULL) == _NULL:
            yield diagnose(
                "W2044", f"{op.reference} needs {item.name!r}", node=name, port=_at(item.name)
            )


def _demands(name: str, op: Call, callee: Callee) -> Generator[Diagnostic, None, list[Demand]]:
    """What only a run can tell: the kind of a value, and whether it is there."""
    found: list[Demand] = []
    for item in callee.inputs or ():
        given = op.inputs.get(item.name)
        if given is None:
            continue
        kind = Kind(kind_of(given, lambda _: None).value)
        if not item.kind.accepts(kind):
            yield diagnose(
                "W2046",
                f"{item.name} is {kind.value}; {op.reference} takes {item.kind.value}",
                node=name,
                port=_at(item.name),
                hint="convert the value",
            )
            continue
        broken = _broken(item, given, known=kind is item.kind)
        if broken is not None:
            wanted = "a value" if item.kind is Kind.ANY else f"of type {item.kind.value}"
            message = f"the input {item.name} of {op.workflow} has to be {wanted}"
            found.append(Demand(message, broken))
    return found
    return found


def _broken(item: DeclaredInput, given: Expr, *, known: bool) -> Expr | None:
    """When a value is not what it has to be; None: never."""
    if isinstance(given, Literal | Object | Array | Concat):
        return None  # neither null nor of a kind that is not known
    here = Var("given")
    absent = Binary("==", here, _NULL)
    if known or item.kind is Kind.ANY:
        return Let("given", given, absent) if item.required else None
    wrong = Binary("!=", Function("type", (here,)), Literal(item.kind.value))
    if not item.required:
        wrong = Binary("and", Binary("!=", here, _NULL), wrong)
    return Let("given", given, wrong)


def _at(name: str) -> str:
    return f"inputs.{name}"
