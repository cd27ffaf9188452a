"""Opened credentials for the step that is running, and for no other."""

from typing import Protocol

from weft.domain.credential import ResolvedSecret


class Secrets(Protocol):
    """Bound to one step; its values never leave it, and are removed from logs and errors."""

    def resolve(self, credential_id: str) -> ResolvedSecret:
        """Raises `StepRefused` when the step's node does not name it, or it is gone."""
        ...
