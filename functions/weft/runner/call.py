"""The payload of one step, as compiled workflows send it to a runner."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weft.domain.claim import CLAIM_BYTES
from weft.domain.errors import PermanentStepError
from weft.nodekit.context import CallInfo


class StepCall(BaseModel):
    """One step of one node type; `config` and `inputs` hold values, no templates any more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant_id: str
    run_id: str
    workflow_id: str
    node_id: str
    node_type: str
    version: int
    key: str
    attempt: int = 1
    config: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, Any] = Field(default_factory=dict)
    credential: str | None = None
    token: str | None = Field(default=None, repr=False)
    deadline_seconds: float = 300.0  # graph default (EX-17)
    # Output port → what must stay readable of it; an output that is not here must not be a claim.
    claims: dict[str, dict[str, list[str]]] = Field(default_factory=dict)
    claim_above: int = CLAIM_BYTES

    def info(self) -> CallInfo:
        """As the node sees it."""
        return CallInfo(
            tenant_id=self.tenant_id,
            run_id=self.run_id,
            workflow_id=self.workflow_id,
            node_id=self.node_id,
            key=self.key,
            attempt=self.attempt,
            deadline_seconds=self.deadline_seconds,
            credential=self.credential,
            token=self.token,
        )


def parse_call(payload: Any) -> StepCall:
    """Raises `PermanentStepError` naming the field, never its value."""
    try:
        return StepCall.model_validate(payload)
    except ValidationError as error:
        raise PermanentStepError(f"the step's payload is malformed: {problems(error)}") from None


def problems(error: ValidationError) -> str:
    """What a validation found, without the values it looked at (they may be secret)."""
    found = error.errors(include_input=False, include_context=False, include_url=False)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'config'}: {e['msg']}" for e in found)
