"""Where values are kept that are too large to travel through a run (`weft.domain.claim`)."""

from typing import Any, Protocol


class ClaimStore(Protocol):
    """Bytes by tenant, run and SHA-256 (hex). Any call may raise `StorageUnavailable`."""

    def put(self, tenant_id: str, run_id: str, digest: str, content: bytes) -> None:
        """Durable when it returns. The same again changes nothing."""
        ...

    def get(self, tenant_id: str, run_id: str, digest: str) -> bytes | None:
        """None if there is no such content of this run of this tenant."""
        ...

    def forget(self, tenant_id: str, run_id: str) -> None:
        """Deletes all content of a run; none is fine."""
        ...


class StepClaims(Protocol):
    """The claims of the run that a step belongs to."""

    def keep(self, value: Any) -> str:
        """Stores a value of at most 6 MiB as JSON; the text of its claim, the same for the same
        value. Raises `StepError`."""
        ...

    def fetch(self, text: str) -> Any:
        """The value behind the text of a claim; `NO_CLAIM` if this run never made it.

        Raises `PermanentStepError` if the value is gone.
        """
        ...
