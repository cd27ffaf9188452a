"""Runs a person's own Python code, isolated from everything."""

import math
from typing import Literal

from pydantic import Field

from weft.domain.claim import MAX_CLAIMED_BYTES
from weft.ir.ops import Invoke, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, Need, NodeType
from weft.ports.code_sandbox import CodeLimits


class CodeConfig(NodeConfig):
    """The code, what it sees, and how much it may use."""

    # No template: text put into code from outside would be code.
    code: str = Field(
        min_length=1,
        max_length=100_000,
        title="Code",
        description="Sees what arrives as `input` and the variables below; returns its result, or "
        "leaves it in `result`. {{…}} means nothing here.",
        json_schema_extra={"x-weft-code": "python"},
    )
    language: Literal["python"] = Field(
        default="python", title="Language", description="What the code is written in."
    )
    variables: Value = Field(
        default=None, title="Variables", description="More values, by the name the code sees."
    )
    timeout_seconds: float = Field(
        default=10, gt=0, le=60, title="Time limit", description="Seconds the code may take."
    )
    memory_mb: int = Field(
        default=256, ge=64, le=1024, title="Memory", description="MiB the code may use."
    )


def lower(node: BoundNode[CodeConfig]) -> Op:
    """Nobody knows what the code does, but its sandbox lets it change nothing outside."""
    return Invoke(
        "code",
        NODE.name,
        NODE.version,
        node.values(),
        {"input": node.input()},
        outputs=("result", "stdout"),
        repeatable=True,
    )


def run(config: CodeConfig, inputs: Data, ctx: StepContext) -> Data:
    """What the code returned, and what it printed."""
    more = config.variables if isinstance(config.variables, dict) else {}
    limits = CodeLimits(
        seconds=config.timeout_seconds,
        cpu_seconds=math.ceil(config.timeout_seconds),
        memory_mb=config.memory_mb,
        result_bytes=MAX_CLAIMED_BYTES,
    )
    done = ctx.code.run(config.code, {**more, "input": inputs.get("input")}, limits)
    if done.stdout_cut:
        ctx.log.warning(f"The code printed over {limits.stdout_bytes:,} bytes; the rest was cut")
    return {"result": done.result, "stdout": done.stdout}


NODE: NodeType[CodeConfig] = NodeType(
    name="code",
    version=1,
    title="Code",
    description="Runs your own Python code, where it can reach nothing else.",
    category=Category.TOOLS,
    config=CodeConfig,
    lower=lower,
    outputs=(
        Port("result", description="What the code returned"),
        Port("stdout", Kind.STRING, description="What it printed"),
    ),
    run=run,
    group="code",
    needs=frozenset({Need.CODE}),
    aliases=("code_executor", "python"),
    icon="code",
)
