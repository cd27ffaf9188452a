"""Makes an object with the fields that are written down, on its own or on top of the input."""

from typing import Annotated

from pydantic import Field, JsonValue

from weft.expressions.ast import Call, If
from weft.ir.ops import Compute, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig, Templated
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import is_kind


class SetFieldsConfig(NodeConfig):
    """The fields, by name."""

    fields: Annotated[dict[str, JsonValue], Templated()] = Field(
        title="Fields", description="Values by name; text may hold {{…}} at any depth."
    )
    keep_input: bool = Field(
        default=False,
        title="Keep the input",
        description="Adds the fields to the object that arrives instead of starting afresh.",
    )


def lower(node: BoundNode[SetFieldsConfig]) -> Op:
    """The fields; with `keep_input` over those of the input, if that is an object."""
    fields = node.value("fields")
    if node.config.keep_input:
        over = Call("merge", (node.input(), fields))
        return Compute({"output": If(is_kind(node.input(), "object"), over, fields)})
    return Compute({"output": fields})


NODE = NodeType(
    name="set_fields",
    version=1,
    title="Set fields",
    description="Makes an object from the values you write down.",
    category=Category.DATA,
    config=SetFieldsConfig,
    lower=lower,
    outputs=(Port("output", Kind.OBJECT, description="The object"),),
    aliases=("edit_fields", "set"),
    icon="pencil",
)
