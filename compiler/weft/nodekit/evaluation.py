"""The step that computes in a runner what no host's expressions can: how it is called, and runs."""

import json
from collections.abc import Mapping

from pydantic import JsonValue as PydanticJson

from weft.domain.errors import PermanentStepError
from weft.expressions.ast import Array, Expr, JsonValue, Literal, Object, Ref, RefKind
from weft.expressions.errors import ExpressionError, ExpressionLimit
from weft.expressions.not_native import native_parts
from weft.expressions.serial import evaluate_json, from_json, to_json
from weft.ir.ops import Invoke
from weft.nodekit.config import NodeConfig
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import Data

NAME, VERSION, GROUP = "evaluate", 1, "flow"


class EvaluationConfig(NodeConfig):
    """An expression per port, as JSON text that no host looks into, over values by number."""

    outputs: dict[str, str]
    values: list[PydanticJson]


def evaluation(outputs: Mapping[str, Expr]) -> Invoke:
    """The call that computes a value per port. What is native in the expressions the host computes
    while it calls, so that no more data travels than they read."""
    parts: list[Expr] = []
    forms: dict[str, Expr] = {}
    for port, expr in outputs.items():
        form = to_json(native_parts(expr, parts))
        forms[port] = Literal(json.dumps(form, separators=(",", ":"), ensure_ascii=False))
    config: dict[str, Expr] = {
        "outputs": Object(tuple(forms.items())),
        "values": Array(tuple(parts)),
    }
    return Invoke(GROUP, NAME, VERSION, config, outputs=tuple(outputs), idempotent=True)


def evaluated(op: Invoke) -> dict[str, Expr]:
    """What a call of this step computes, per port; empty for calls of other steps."""
    if op.node_type != NAME:
        return {}
    outputs = op.config["outputs"]
    held = outputs.value if isinstance(outputs, Literal) else None
    if isinstance(outputs, Object):
        held = {port: form.value for port, form in outputs.fields if isinstance(form, Literal)}
    assert isinstance(held, dict)
    return {port: from_json(json.loads(str(form))) for port, form in held.items()}


def run(config: EvaluationConfig, inputs: Data, ctx: StepContext) -> Data:
    """The value of each port. Raises `PermanentStepError` where one costs too much."""

    def find(ref: Ref) -> JsonValue:
        known = ref.kind is RefKind.SYMBOL and ref.name.isdigit()
        place = int(ref.name) if known else len(config.values)
        return config.values[place] if place < len(config.values) else None

    try:
        return {
            port: evaluate_json(json.loads(form), find) for port, form in config.outputs.items()
        }
    except (ExpressionError, ExpressionLimit, ValueError) as error:
        raise PermanentStepError(f"the expression cannot be evaluated: {error}") from None
