"""What running steps may ask of the server, bound to the step the server itself sent out."""

import asyncio
from collections.abc import Mapping
from typing import Any

from weft.domain.credential import ResolvedSecret
from weft.domain.errors import Bug
from weft.operations.approval_ids import path_of
from weft.operations.claims import RunClaims, claims_of
from weft.operations.open_approval import Question, open_approval
from weft.operations.platform import Platform
from weft.operations.resolve_secrets import SecretRequest, resolve_secrets
from weft.ports.approval_desk import ApprovalRequest


class StepDesk:
    """The workers' desk; the platform is given to it before the first step runs."""

    def __init__(self) -> None:
        self._platform: Platform | None = None

    def serve(self, platform: Platform) -> None:
        """From now on questions are answered by this platform."""
        self._platform = platform

    async def secret(self, call: Mapping[str, Any], credential_id: str) -> ResolvedSecret:
        """Raises `StepRefused`."""
        request = SecretRequest(
            tenant_id=call["tenant_id"],
            run_id=call["run_id"],
            node_id=call["node_id"],
            credential_id=credential_id,
        )
        return await resolve_secrets(self._ready(), request)

    async def connection(self, run: Mapping[str, Any], credential_id: str) -> ResolvedSecret:
        """For a call of the host's own in that run (`{"tenant", "id"}`). Raises `StepRefused`."""
        request = SecretRequest(run["tenant"], run["id"], None, credential_id)
        return await resolve_secrets(self._ready(), request)

    async def approval(self, call: Mapping[str, Any], request: ApprovalRequest) -> str:
        """The approval's id. Raises `StepRefused`."""
        question = Question(
            tenant_id=call["tenant_id"],
            run_id=call["run_id"],
            node_id=call["node_id"],
            path=path_of(call["key"]),
            token=call["token"],
            title=request.title,
            message=request.message,
            details=request.details,
            approvers=tuple(request.approvers),
            options=tuple(request.options),
            fields=tuple(dict(item) for item in request.fields),
            expires_in_seconds=request.expires_in_seconds,
        )
        return (await open_approval(self._ready(), question)).approval_id

    async def keep_claim(self, call: Mapping[str, Any], value: Any) -> str:
        """The text of a claim on a value of the call's run. Raises `StorageUnavailable`."""
        return await asyncio.to_thread(self._claims(call).keep, value)

    async def fetch_claim(self, call: Mapping[str, Any], text: str) -> Any:
        """The value behind it; `NO_CLAIM` if the call's run never made it.

        Raises `PermanentStepError` if the value is gone.
        """
        return await asyncio.to_thread(self._claims(call).fetch, text)

    def _claims(self, call: Mapping[str, Any]) -> RunClaims:
        return claims_of(self._ready(), call["tenant_id"], call["run_id"])

    def _ready(self) -> Platform:
        if self._platform is None:
            raise Bug("a step ran before the platform was open")
        return self._platform
