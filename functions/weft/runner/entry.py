"""The Lambda function that runs steps of a runner group: one, or several in turn."""

from typing import Any

from weft.runner.context import Services
from weft.runner.failure import StepFailure
from weft.runner.fused import run_call


def answer_with(services: Services, event: Any) -> dict[str, Any]:
    """The answer. Raises an exception whose class name is the error name: all Lambda reports."""
    try:
        return run_call(event, services)
    except StepFailure as failure:
        raise failure.as_named_exception() from None
