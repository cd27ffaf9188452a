"""Writes a line to the run's log and sends its input on."""

from typing import Annotated, Literal

from pydantic import Field

from weft.ir.ops import Invoke, Op
from weft.nodekit.config import NodeConfig, Templated, Text, Value
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, NodeType


class LogConfig(NodeConfig):
    """The line."""

    message: Text = Field(title="Message", description="What the line says.")
    level: Annotated[Literal["debug", "info", "warning", "error"], Templated()] = Field(
        default="info", title="Level", description="debug, info, warning or error."
    )
    data: Value = Field(
        default=None, title="Data", description="Any value kept with the line, best an object."
    )


def lower(node: BoundNode[LogConfig]) -> Op:
    """A step, because the log is outside of the run's data. Twice the same line does no harm."""
    return Invoke(
        "flow", NODE.name, NODE.version, node.values(), {"input": node.input()}, idempotent=True
    )


def run(config: LogConfig, inputs: Data, ctx: StepContext) -> Data:
    """Logs the line; the output is the input."""
    data = config.data if isinstance(config.data, dict) else {"value": config.data}
    # Under one name, so that no key of the author's meets a parameter of the log.
    held = {} if config.data is None else {"data": data}
    ctx.log.log(config.level, config.message, **held)
    return {"output": inputs.get("input")}


NODE: NodeType[LogConfig] = NodeType(
    name="log",
    version=1,
    title="Log",
    description="A line in the run's log; the input goes on unchanged.",
    category=Category.APP,
    config=LogConfig,
    lower=lower,
    run=run,
    group="flow",
    icon="file-text",
)
