"""A for-each: a Map whose iterations run the states of its body."""

from typing import TYPE_CHECKING

from weft.compiler.emit.fragment import Escape, Facts, State
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import path_of, quoted
from weft.compiler.lower.lower import items_of
from weft.ir.flow import FlowNode
from weft.ir.ops import ForEach

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope


def each_item(scope: "Scope", node: FlowNode, op: ForEach, facts: Facts) -> State:
    """The state without its ends."""
    shared = scope.shared
    index = "$states.context.Map.Item.Index"
    path = f"$string({index})"
    if node.scope:
        path = f"{path_of(shared.program.flow, node.scope, facts)} & '.' & {path}"
    body = type(scope)(shared, scope.depth + 1, loop=node.id)
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
