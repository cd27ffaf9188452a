"""Writes text around values."""

from pydantic import AliasChoices, Field

from weft.expressions.ast import Concat
from weft.ir.ops import Compute, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig, Text
from weft.nodekit.node_type import BoundNode, Category, NodeType


class TemplateConfig(NodeConfig):
    """The text."""

    template: Text = Field(
        validation_alias=AliasChoices("template", "text"),
        title="Template",
        description="Text with {{…}} parts; null writes nothing, objects and lists are JSON.",
    )


def lower(node: BoundNode[TemplateConfig]) -> Op:
    """Always text, also where the template is one single part."""
    return Compute({"output": Concat((node.value("template"),))})


NODE = NodeType(
    name="template",
    version=1,
    title="Template",
    description="Text with values filled in.",
    category=Category.DATA,
    config=TemplateConfig,
    lower=lower,
    outputs=(Port("output", Kind.STRING, description="The text"),),
    icon="text",
)
