"""Tags: pairs of texts that callers keep at what the engine holds; it never reads them itself."""

from collections.abc import Iterable, Mapping

from weft.engine.errors import QuotaExceeded
from weft.engine.journal import Journal

MAX_TAGS = 50  # of one resource (Step Functions)


class Tags:
    """By the id of a resource. Methods may raise StorageUnavailable."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def of(self, resource: str) -> dict[str, str]:
        """All tags of a resource."""
        rows = self._journal.read(
            "SELECT key, value FROM tags WHERE resource = ? ORDER BY key", (resource,)
        )
        return dict(rows)

    def put(self, resource: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change them. Raises QuotaExceeded."""
        if len(self.of(resource) | dict(tags)) > MAX_TAGS:
            raise QuotaExceeded(f"a resource has up to {MAX_TAGS} tags")
        self._journal.write_all(
            ("INSERT OR REPLACE INTO tags VALUES (?,?,?)", (resource, key, value))
            for key, value in tags.items()
        )

    def take(self, resource: str, keys: Iterable[str]) -> None:
        """Remove tags; those that are not there are no mistake."""
        self._journal.write_all(
            ("DELETE FROM tags WHERE resource = ? AND key = ?", (resource, key)) for key in keys
        )

    def forget(self, resource: str) -> None:
        """Remove all tags of a resource."""
        self._journal.write("DELETE FROM tags WHERE resource = ?", (resource,))
