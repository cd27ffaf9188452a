"""The generated catalogue, ready to be served: read once, never interpreted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class ServedCatalogue:
    """`everything` is the body of the list, `by_name` has aliases too."""

    everything: bytes
    etag: str
    by_name: Mapping[str, dict[str, Any]]


def served_catalogue(entries: Sequence[dict[str, Any]]) -> ServedCatalogue:
    """Entries as the generator wrote them."""
    body = orjson.dumps({"items": list(entries)})
    by_name: dict[str, dict[str, Any]] = {}
    for entry in entries:
        for alias in entry.get("aliases", ()):
            by_name.setdefault(alias, entry)
    by_name.update({entry["name"]: entry for entry in entries})
    return ServedCatalogue(body, sha256(body).hexdigest()[:32], by_name)
