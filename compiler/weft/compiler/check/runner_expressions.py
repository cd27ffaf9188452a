"""Expressions that the host cannot compute go to a runner, where a node only computes."""

from collections.abc import Iterator, Mapping

from weft.compiler.check.draft import Draft
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic
from weft.expressions.ast import Expr
from weft.expressions.not_native import NotNative, not_native
from weft.expressions.references import fold
from weft.ir.flow import Flow
from weft.ir.ops import Compute, Decide, Invoke, Op
from weft.ir.walk import expressions, rewrite
from weft.nodekit.evaluation import evaluated, evaluation

_HINT = "compute it in a node of its own, such as set_fields, and refer to its output here"


def place_in_runner(draft: Draft) -> Iterator[Diagnostic]:
    """Give nodes that compute what JSONata cannot a call of a runner; runs once ops are known."""
    for name, item in draft.nodes.items():
        if item.op is None or not any(not_native(expr) for expr in expressions(item.op)):
            continue
        item.op = rewrite(item.op, fold)
        found = {where: not_native(expr) for where, expr in _placed(item.op)}
        if isinstance(item.op, Compute) and _evaluable(found):
            item.op = evaluation(item.op.outputs)
            for where, reasons in found.items():
                for reason in reasons:
                    yield diagnose("W3005", _said(where, reason), node=name)
            continue
        for where, reasons in found.items():
            for reason in reasons:
                hint = _HINT if reason.runner else None
                yield diagnose("W3004", _said(where, reason), node=name, hint=hint)


def not_lowered(flow: Flow) -> dict[str, list[str]]:
    """Per node, what its host could not compute and why, so that a runner does."""
    found: dict[str, list[str]] = {}
    for node in flow.nodes.values():
        if isinstance(node.op, Invoke):
            for port, expr in evaluated(node.op).items():
                for reason in not_native(expr):
                    found.setdefault(node.id, []).append(_said(port, reason))
    return found


def _evaluable(found: Mapping[str, list[NotNative]]) -> bool:
    reasons = [reason for listed in found.values() for reason in listed]
    return bool(reasons) and all(reason.runner for reason in reasons)


def _said(where: str, reason: NotNative) -> str:
    return f"{where}: {reason.what}: {reason.why}"


def _placed(op: Op) -> Iterator[tuple[str, Expr]]:
    """Every expression with the field or port that it is for."""
    match op:
        case Compute(outputs):
            yield from outputs.items()
        case Invoke():
            yield from op.config.items()
            yield from ((f"input {port}", expr) for port, expr in op.inputs.items())
            yield from (("routes", case.when) for case in op.routes)
            if op.timeout is not None:
                yield "timeout", op.timeout
        case Decide(cases, _, value):
            yield from ((case.port, case.when) for case in cases)
            yield "value", value
        case _:
            yield from ((type(op).__name__.lower(), expr) for expr in expressions(op))
