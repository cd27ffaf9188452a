"""Retry blocks: only errors that may pass are tried again (EX-15)."""

from collections.abc import Sequence
from typing import Any

from weft.domain.graph import Retry

# Our own transient error, and what Lambda answers when it cannot take a call now (AWS,
# "Handle transient Lambda service exceptions").
RETRYABLE = (
    "TransientStepError",
    "Runner.Busy",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)


def retry_block(policy: Retry, errors: Sequence[str] = RETRYABLE) -> list[dict[str, Any]]:
    """The `Retry` of a task; empty when the author wants none."""
    if policy.max_retries == 0:
        return []
    return [
        {
            "ErrorEquals": list(errors),
            "IntervalSeconds": policy.interval_seconds,
            "MaxAttempts": policy.max_retries,
            "BackoffRate": policy.backoff_rate,
            "MaxDelaySeconds": max(policy.max_delay_seconds, policy.interval_seconds + 1),
        }
    ]
