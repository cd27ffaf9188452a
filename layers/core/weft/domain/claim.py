"""A claim: what travels through a run in place of a value that is too large for its states.

`{"$claim": "<sha-256>.<bytes>.<seal>", member: …}`. The members are those parts of the value that
somebody reads on the way, so that reading them is the same with the claim as with the value. The
seal says that Weft itself made the claim in this run: anything else that looks like one is data.
(The pattern: Hohpe and Woolf, "Enterprise Integration Patterns", claim check.)
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
Keep: TypeAlias = Callable[[Json], str]
"""Stores a value and gives the text of its claim."""
Fetch: TypeAlias = Callable[[str], Json]
"""The value behind the text of a claim; `NO_CLAIM` for text that is none."""

CLAIM: Final = "$claim"
_MARK: Final = b'"$claim"'
# Below this nothing is stored: a call of the store costs more than it saves. Eight values of this
# size still fit into one state (Step Functions service quotas: 262,144 bytes).
CLAIM_BYTES: Final = 32_768
# The same for one of many items, whose results add up to one list.
CLAIM_BYTES_OF_ITEM: Final = 4_096
# What a claim may stand for: as much as a Lambda function gives at once (Lambda quotas: 6 MB).
MAX_CLAIMED_BYTES: Final = 6_291_456
# All that a step may be given, or a reader be shown, so that no claim fills the memory.
MAX_REDEEMED_BYTES: Final = 67_108_864
NO_CLAIM: Final = object()


@dataclass(frozen=True, slots=True)
class Claimable:
    """What must be left to read of a claimed value, as paths of members.

    `read`: by expressions, so as it is; none is empty, since who reads the whole keeps the claim
    away. `passed`: only handed on to other steps, so a claim of its own where it is large.
    """

    read: tuple[tuple[str, ...], ...] = ()
    passed: tuple[tuple[str, ...], ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        """As it stands in a step's call, paths as JSON pointers (RFC 6901); what is empty is left
        out."""
        both = {"read": self.read, "passed": self.passed}
        return {name: [_pointer(path) for path in paths] for name, paths in both.items() if paths}

    @classmethod
    def from_json(cls, told: Mapping[str, Sequence[str]]) -> "Claimable":
        """Reads what `as_json` gives."""
        return cls(*(tuple(map(_members, told.get(name, ()))) for name in ("read", "passed")))


def _pointer(path: Sequence[str]) -> str:
    return "".join(f"/{member.replace('~', '~0').replace('/', '~1')}" for member in path)


def _members(pointer: str) -> tuple[str, ...]:
    return tuple(m.replace("~1", "/").replace("~0", "~") for m in pointer.split("/")[1:])


@dataclass(frozen=True, slots=True)
class Seal:
    """Signs the claims of one run of one tenant."""

    key: bytes
    tenant_id: str
    run_id: str

    def text(self, digest: str, size: int) -> str:
        """The text of a claim on a value with this SHA-256 (hex) and so many bytes."""
        return f"{digest}.{size}.{self._mark(digest, str(size))}"

    def read(self, text: str) -> tuple[str, int] | None:
        """Digest and size; None for text that this run did not seal."""
        parts = text.split(".")
        if len(parts) != 3 or not text.isascii():
            return None
        digest, size, mark = parts
        good = hmac.compare_digest(mark, self._mark(digest, size))
        return (digest, int(size)) if good else None

    def _mark(self, digest: str, size: str) -> str:
        # Lengths first, so that no two sets of parts are the same text.
        parts = (self.tenant_id, self.run_id, digest, size)
        told = b"".join(len(raw := p.encode()).to_bytes(4) + raw for p in parts)
        return hmac.new(self.key, told, hashlib.sha256).hexdigest()


def may_hold_claims(text: bytes) -> bool:
    """Whether the JSON text of a value, as orjson writes it, may have a claim in it."""
    return _MARK in text


def claimed(value: Json, wanted: Claimable, keep: Keep, is_large: Callable[[Json], bool]) -> Json:
    """The value, or a claim on it where it is large."""
    return _slim(value, wanted.read, (*wanted.passed, ()), keep, is_large)


def _slim(
    value: Json,
    read: Sequence[tuple[str, ...]],
    passed: Sequence[tuple[str, ...]],
    keep: Keep,
    is_large: Callable[[Json], bool],
) -> Json:
    """What is left of a value, or of a part of it, at the paths from here."""
    whole = () in passed
    if () in read or (whole and not is_large(value)):
        return value
    left: dict[str, Json] = {CLAIM: keep(value)} if whole else {}
    if not isinstance(value, dict):
        return left if whole else None
    for key in dict.fromkeys(path[0] for path in (*read, *passed) if path):
        if key in value:
            below, handed = _under(key, read), _under(key, passed)
            left[key] = _slim(value[key], below, handed, keep, is_large)
    return left


def _under(key: str, paths: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [path[1:] for path in paths if path[:1] == (key,)]


def redeemed(value: Json, fetch: Fetch) -> Json:
    """The value with what is behind its claims in their place; what was fetched stays as it is."""
    held: list[Json] = [value]
    pending: list[tuple[Any, Any]] = [(held, 0)]
    while pending:  # without recursion: a value may nest deeper than Python calls do
        holder, at = pending.pop()
        found = holder[at]
        if isinstance(found, dict):
            text = found.get(CLAIM)
            if isinstance(text, str) and (meant := fetch(text)) is not NO_CLAIM:
                holder[at] = meant
                continue
            holder[at] = copy = dict(found)
            pending += [(copy, key) for key, item in copy.items() if isinstance(item, dict | list)]
        elif isinstance(found, list):
            holder[at] = items = list(found)
            pending += [(items, k) for k, item in enumerate(items) if isinstance(item, dict | list)]
    return held[0]
