"""Keys of the table: words joined by `#`. No id can reach into another's key: it is quoted."""

from typing import Final, TypeAlias
from urllib.parse import quote

Key: TypeAlias = tuple[str, str]
"""Partition and sort key."""

ONLY: Final = "-"  # the sort key where a partition has one item of its kind
BEHIND: Final = "\x7f"  # sorts behind every `#` and everything that is quoted


def key(*parts: str | int) -> str:
    """`T#acme#R#…`. Whole numbers are padded, so that text sorts as they do."""
    return "#".join(f"{p:020d}" if isinstance(p, int) else quote(p, safe="") for p in parts)


def tenant(tenant_id: str) -> str:
    """The partition of what a tenant has few of: users, keys, sessions."""
    return key("T", tenant_id)


def workflow(tenant_id: str, workflow_id: str) -> str:
    """The partition of a workflow: draft, versions, bindings, what is open of its runs."""
    return key("T", tenant_id, "W", workflow_id)


def run(tenant_id: str, run_id: str) -> str:
    """The partition of a run: steps, events, log lines, approvals."""
    return key("T", tenant_id, "R", run_id)


def credentials(tenant_id: str) -> str:
    """The partition of a tenant's credentials."""
    return key("T", tenant_id, "C")
