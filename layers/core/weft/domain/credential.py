"""A tenant's credential: what may be shown of it, apart from the secret itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """Metadata only; the sealed secret lives beside it and is opened for a running step alone.

    `allowed_hosts`: where the secret may be sent (`api.example.com`, `*.example.com`).
    """

    tenant_id: str
    credential_id: str
    name: str
    type: str
    allowed_hosts: tuple[str, ...]
    created_at: int
    created_by: str
    last_used_at: int | None = None


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What a person hands in; `values` never shows in a repr."""

    name: str
    type: str
    values: Mapping[str, str] = field(repr=False)
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedSecret:
    """An opened secret on its way to the one step that may have it."""

    credential_id: str
    type: str
    values: Mapping[str, str] = field(repr=False)
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialCheck:
    """The outcome of testing a credential, in a sentence for the person."""

    ok: bool
    message: str
