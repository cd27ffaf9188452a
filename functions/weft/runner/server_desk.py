"""What a worker asks its server for, because a worker holds no keys and opens no store."""

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from weft.domain.claim import NO_CLAIM
from weft.domain.credential import ResolvedSecret
from weft.ports.approval_desk import ApprovalRequest
from weft.runner.channel import Channel


@dataclass(frozen=True, slots=True)
class ServerSecrets:
    """The server knows which step runs here and opens only what that step's node names."""

    channel: Channel

    def resolve(self, credential_id: str) -> ResolvedSecret:
        """Raises `StepRefused`."""
        found = self.channel.ask("secret", {"credential_id": credential_id})
        return ResolvedSecret(
            credential_id=credential_id,
            type=found["type"],
            values=found["values"],
            allowed_hosts=tuple(found["allowed_hosts"]),
        )


@dataclass(frozen=True, slots=True)
class ServerApprovals:
    """The server adds whose step asks, and its task token."""

    channel: Channel

    def request(self, request: ApprovalRequest) -> str:
        """Raises `StepRefused`."""
        details = orjson.loads(orjson.dumps(asdict(request)))
        return str(self.channel.ask("approval", details))


@dataclass(frozen=True, slots=True)
class ServerClaims:
    """The server knows whose run it is, and keeps what claims stand for."""

    channel: Channel

    def keep(self, value: Any) -> str:
        """Raises `StepError`."""
        return str(self.channel.ask("keep claim", {"value": value}))

    def fetch(self, text: str) -> Any:
        """`NO_CLAIM` for what the server did not seal for this run. Raises `StepError`."""
        found = self.channel.ask("fetch claim", {"text": text})
        return found[0] if found else NO_CLAIM
