"""Reads JSON text."""

from typing import Any, Literal

import orjson
from pydantic import Field

from weft.domain.errors import PermanentStepError
from weft.ir.ops import Invoke, Op
from weft.ir.ports import Port
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, NodeType
from weft.nodes.values import given_or_input


class JsonParseConfig(NodeConfig):
    """What is read, and what becomes of text that is no JSON."""

    value: Value = Field(
        default=None, title="Text", description="The JSON text; what arrives, if left out."
    )
    on_invalid: Literal["fail", "null"] = Field(
        default="fail",
        title="If it is not JSON",
        description="fail: so does the step, and its error output is taken. null: it gives null.",
    )


def lower(node: BoundNode[JsonParseConfig]) -> Op:
    """A step: the host's own expressions cannot catch text that is not JSON."""
    config = {**node.values(), "value": given_or_input(node, "value")}
    return Invoke("flow", NODE.name, NODE.version, config, idempotent=True)


def run(config: JsonParseConfig, inputs: Data, ctx: StepContext) -> Data:
    """The value of a text; what is no text has been read already and goes on as it is.

    Raises `PermanentStepError` for text that is not JSON, unless that is to give null.
    """
    return {"output": _read(config) if isinstance(config.value, str) else config.value}


def _read(config: JsonParseConfig) -> Any:
    try:
        return orjson.loads(str(config.value))
    except orjson.JSONDecodeError as error:
        if config.on_invalid == "null":
            return None
        raise PermanentStepError(f"the text is not JSON: {error}") from None


NODE: NodeType[JsonParseConfig] = NodeType(
    name="json_parse",
    version=1,
    title="Parse JSON",
    description="The value of a JSON text.",
    category=Category.DATA,
    config=JsonParseConfig,
    lower=lower,
    outputs=(Port("output", description="The value"),),
    run=run,
    group="flow",
    icon="braces",
)
