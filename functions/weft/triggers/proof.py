"""Checks that a webhook call comes from whom its trigger expects, in constant time."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from weft.domain.errors import Unauthenticated

SIGNATURE_HEADER: Final = "x-hub-signature-256"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What came with the call: lower-case header names, and the body exactly as it was sent."""

    headers: Mapping[str, str]
    body: bytes


Check: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, str], Evidence], bool]


def require_proof(
    config: Mapping[str, Any], secret: Mapping[str, str] | None, evidence: Evidence
) -> None:
    """Raises `Unauthenticated` unless the call proves itself the way `config["auth"]` asks.

    Fails closed: a credential that is gone or of another kind, or an unknown way, lets nobody in.
    """
    way = str(config.get("auth") or "none")
    if way == "none" and not config.get("credential"):
        return
    check = _CHECKS.get(way)
    if check is None or secret is None or not check(config, secret, evidence):
        raise Unauthenticated("the call does not prove where it comes from")


def _same(given: str, expected: str) -> bool:
    # Bytes, because text with other than ASCII characters cannot be compared in constant time.
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def _signature(config: Mapping[str, Any], secret: Mapping[str, str], evidence: Evidence) -> bool:
    """HMAC-SHA256 over the raw body, hex or base64, with or without `sha256=` before it."""
    key = secret.get("secret", "")
    name = str(config.get("signature_header") or SIGNATURE_HEADER).lower()
    given = evidence.headers.get(name, "").strip().removeprefix("sha256=")
    if not key or not given:
        return False
    digest = hmac.new(key.encode(), evidence.body, hashlib.sha256).digest()
    as_hex = _same(given.lower(), digest.hex())
    return as_hex | _same(given, base64.b64encode(digest).decode())


def _bearer(config: Mapping[str, Any], secret: Mapping[str, str], evidence: Evidence) -> bool:
    scheme, _, token = evidence.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and _same(token.strip(), secret.get("token", ""))


def _basic(config: Mapping[str, Any], secret: Mapping[str, str], evidence: Evidence) -> bool:
    scheme, _, given = evidence.headers.get("authorization", "").partition(" ")
    pair = f"{secret.get('username', '')}:{secret.get('password', '')}"
    expected = base64.b64encode(pair.encode()).decode()
    return scheme.lower() == "basic" and pair != ":" and _same(given.strip(), expected)


_CHECKS: Final[Mapping[str, Check]] = {
    "signature": _signature,
    "bearer": _bearer,
    "basic": _basic,
}
