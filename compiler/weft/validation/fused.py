"""Calls of several steps, answered step by step by whoever answers steps that are called alone."""

from collections.abc import Awaitable, Callable
from typing import Any

from weft.engine.errors import HandlerError
from weft.nodekit.fused_call import Failure, FusedCall, conducted


async def fused_answer(
    payload: Any, answer: Callable[[dict[str, Any]], Awaitable[Any]]
) -> dict[str, Any]:
    """As a runner would answer the whole, in no time. `answer` raises `HandlerError`."""
    steps = conducted(FusedCall.model_validate(payload), lambda: 0.0)
    attempt = next(steps)
    while True:
        try:
            outcome: Any = await answer(attempt.call)
        except HandlerError as error:
            outcome = Failure(error.error_type, error.message)
        try:
            attempt = steps.send(outcome)
        except StopIteration as ended:
            whole: dict[str, Any] = ended.value
            return whole
