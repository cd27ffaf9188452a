"""What the server does for the step that a worker is running."""

from collections.abc import Mapping
from typing import Any, Protocol

from weft.domain.claim import NO_CLAIM
from weft.domain.credential import ResolvedSecret
from weft.domain.errors import PlatformError, StepError, StepRefused, VaultUnreadable, WeftError
from weft.ports.approval_desk import ApprovalRequest

Call = Mapping[str, Any]


class Desk(Protocol):
    """`call` is the payload that the server itself sent out; a worker cannot change it."""

    async def secret(self, call: Call, credential_id: str) -> ResolvedSecret:
        """Raises `StepRefused`."""
        ...

    async def approval(self, call: Call, request: ApprovalRequest) -> str:
        """The approval's id. Raises `StepRefused`."""
        ...

    async def keep_claim(self, call: Call, value: Any) -> str:
        """The text of a claim on a value of the call's run. Raises `StepError`."""
        ...

    async def fetch_claim(self, call: Call, text: str) -> Any:
        """The value behind it; `NO_CLAIM` if the call's run never made it."""
        ...


async def answer(desk: Desk, call: Call, frame: Mapping[str, Any]) -> dict[str, Any]:
    """The reply frame to a worker's question; errors of ours become the step's."""
    try:
        value = await _value(desk, call, frame["question"], frame["details"])
    except WeftError as error:
        return {"t": "reply", **_told(error)}
    return {"t": "reply", "value": value}


async def _value(desk: Desk, call: Call, question: str, details: Mapping[str, Any]) -> Any:
    if question == "secret":
        secret = await desk.secret(call, details["credential_id"])
        return {
            "type": secret.type,
            "values": dict(secret.values),
            "allowed_hosts": list(secret.allowed_hosts),
        }
    if question == "approval":
        if not call.get("token"):
            raise StepRefused("the step has no task token, so no decision could reach it")
        return await desk.approval(call, ApprovalRequest(**details))
    if question == "keep claim":
        return await desk.keep_claim(call, details["value"])
    if question == "fetch claim":
        found = await desk.fetch_claim(call, details["text"])
        return [] if found is NO_CLAIM else [found]
    raise StepRefused(f"a step may not ask for {question!r}")


def _told(error: WeftError) -> dict[str, str]:
    if isinstance(error, StepError):
        return {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, VaultUnreadable):
        words = "the credential cannot be opened: whoever runs Weft must restore its key file"
        return {"error": "StepRefused", "message": words}
    if isinstance(error, PlatformError):
        # Ours to mend, so the step gets no detail, and may try again.
        return {"error": "TransientStepError", "message": "the server cannot answer right now"}
    return {"error": "StepRefused", "message": str(error)}
