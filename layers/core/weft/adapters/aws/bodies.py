"""Bodies of items: JSON in the item, or in S3 where DynamoDB would not take it."""

import hashlib
from typing import Any, Final, TypeAlias

from weft.adapters.aws.blobs import Blobs
from weft.adapters.aws.keys import Key
from weft.adapters.json_columns import pack, unpack

Json: TypeAlias = Any

# DynamoDB refuses items over 400 KB, names of attributes and keys included (service quotas), and
# a transaction over 4 MB: what up to a dozen of these cannot reach.
MAX_INLINE: Final = 300_000


class Bodies:
    """Large bodies lie in S3 under the item's key and their SHA-256, so that they never change."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def put(self, at: Key, value: Json) -> tuple[bytes | None, str | None]:
        """What goes into the item: the body, or where it is. Raises `StorageUnavailable`."""
        text = pack(value)
        if len(text) <= MAX_INLINE:
            return text, None
        place = "/".join(("rows", *at, hashlib.sha256(text).hexdigest()))
        self._blobs.put(place, text)
        return None, place

    def get(self, body: bytes | None, stored: str | None) -> Json:
        """The value. Raises `StorageUnavailable`."""
        if stored is not None:
            return unpack(self._blobs.must_get(stored))
        assert body is not None, "an item has a body, or says where it is"
        return unpack(body)
