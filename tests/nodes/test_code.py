"""The node type `code`."""

from typing import Any

import pytest
from pydantic import ValidationError

from weft.ir.ops import Invoke
from weft.ports.code_sandbox import CodeResult


def test_code_is_never_a_template(kit: Any) -> None:
    op = kit.lower("code", {"code": "return '{{ input.x }}'"}, input=1)
    assert isinstance(op, Invoke) and not op.idempotent and op.group == "code"
    assert kit.arguments(op, input={"x": "__import__"})["code"] == "return '{{ input.x }}'"


def test_the_code_sees_its_input_and_variables(kit: Any, step: Any) -> None:
    step.reply = CodeResult([1], "out", "namespaces", 0.1)
    config = {
        "code": "c",
        "variables": {"a": 1, "input": "mine"},
        "timeout_seconds": 2.5,
        "memory_mb": 64,
    }
    assert kit.run("code", config, step, {"input": 7}) == {"result": [1], "stdout": "out"}
    ((code, variables, limits),) = step.asked
    assert (code, variables) == ("c", {"a": 1, "input": 7})
    assert (limits.seconds, limits.cpu_seconds, limits.memory_mb) == (2.5, 3, 64)
    assert step.lines == []


def test_output_that_was_cut_is_noted(kit: Any, step: Any) -> None:
    step.reply = CodeResult(None, "o", "namespaces", 0.1, stdout_cut=True)
    kit.run("code", {"code": "c"}, step)
    assert [level for level, _, _ in step.lines] == ["warning"]


@pytest.mark.parametrize(
    "config",
    [{}, {"code": ""}, {"code": "x", "language": "ruby"}, {"code": "x", "timeout_seconds": 61}],
)
def test_a_wrong_config_is_refused(kit: Any, config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kit.bind("code", config)
