"""A for-each: a Map whose iterations run the states of its body."""

from typing import TYPE_CHECKING

from weft.compiler.emit.calls import calls_out, error_record
from weft.compiler.emit.fragment import Escape, Facts, State
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import path_of, quoted
from weft.compiler.lower.lower import items_of
from weft.expressions.ast import Literal
from weft.ir.flow import FlowNode, OnError
from weft.ir.ops import ForEach

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope
    from weft.compiler.emit.shared import Shared


def each_item(scope: "Scope", node: FlowNode, op: ForEach, facts: Facts) -> State:
    """The state without its ends."""
    shared = scope.shared
    index = "$states.context.Map.Item.Index"
    path = f"$string({index})"
    if node.scope:
        path = f"{path_of(shared.program.flow, node.scope, facts)} & '.' & {path}"
    body = scope.inner(node.id, watched=node.on_error is not OnError.FAIL)
    body.entering = {variable("i", node.id, body.depth): quoted("$states.input")}
    inner = facts.told({f"i:{node.id}": "$states.input"})
    if op.skip_failed:
        body.escape = Escape()
    outside, shared.loop = shared.loop, ""
    machine = body.machine(
        shared.regions[node.id],
        inner,
        shared.program.returned[node.id],
        f"{node.id}: item done",
    )
    shared.loop = outside
    if body.escape and body.escape.ends:
        failed = shared.name(f"{node.id}: failed item", "end")
        body.states[failed] = {"Type": "Pass", "Output": None, "End": True}
        for end, _ in body.escape.ends:
            end["Next"] = failed
    return {
        "Type": "Map",
        "Items": shared.render.value(items_of(op.items), facts),
        "ItemSelector": {
            "item": quoted("$states.context.Map.Item.Value"),
            "index": quoted(index),
            "path": quoted(path),
        },
        "MaxConcurrency": op.concurrency,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **machine},
    }


def errors_handled(shared: "Shared", node: FlowNode) -> list[tuple[list[str], str]]:
    """(error names, outcome record) for errors of a body that the loop, or race, handles."""
    if node.on_error is OnError.BRANCH:
        return [(["States.ALL"], error_record(node.own_id, native=calls_out(shared.program)))]
    if node.on_error is OnError.CONTINUE:
        code = shared.render.code(Literal(node.on_error_value), Facts())
        return [(["States.ALL"], f"{{'h': 'ok', 'r': {code}}}")]
    return []
