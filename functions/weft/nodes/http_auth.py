"""Puts an opened credential on an outgoing request."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from weft.domain.credential import ResolvedSecret
from weft.domain.errors import StepRefused


@dataclass(frozen=True, slots=True)
class Proof:
    """What a credential adds to a request; never shown."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)


def proof_of(secret: ResolvedSecret) -> Proof:
    """Raises `StepRefused` for a type that a plain HTTP request cannot carry."""
    held = secret.values
    match secret.type:
        case "http_basic":
            return Proof(auth=(held.get("username", ""), held.get("password", "")))
        case "http_bearer":
            return Proof(headers={"authorization": f"Bearer {held.get('token', '')}"})
        case "http_api_key":
            named = {held.get("name", ""): held.get("key", "")}
            in_query = held.get("placement", "").strip().lower() == "query"
            return Proof(query=named) if in_query else Proof(headers=named)
    raise StepRefused(f"a credential of type {secret.type} cannot be sent with an HTTP request")
