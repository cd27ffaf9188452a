"""The other documents' paths (CF-05): each answers exactly as the canonical one."""

from typing import Final

from weft.api.access import Endpoint

# Canonical start of a path → the other starts it answers to.
PREFIXES: Final = (
    ("/workflows/nodes", ()),
    ("/workflows/validate", ("/agents/validate",)),
    ("/workflows", ("/agents",)),
    ("/runs", ("/executions", "/workflows/executions")),
    ("/credentials/types", ("/integrations/available",)),
    ("/credentials", ("/integrations",)),
)

# Paths that are not the canonical one with another start.
EXACT: Final = {
    ("GET", "/workflows/{workflow_id}/runs"): (
        "/workflows/{workflow_id}/executions",
        "/agents/{workflow_id}/executions",
    ),
    ("GET", "/approvals"): ("/orchestrator/pending",),
    ("POST", "/approvals/{approval_id}/respond"): ("/orchestrator/respond/{approval_id}",),
}


def aliases_of(endpoint: Endpoint) -> tuple[str, ...]:
    """All other paths of an endpoint, below the same base."""
    exact = EXACT.get((endpoint.method, endpoint.path), ())
    return exact + path_aliases(endpoint.path)


def path_aliases(path: str) -> tuple[str, ...]:
    """The same path with every other start."""
    for start, others in PREFIXES:
        if path == start or path.startswith(f"{start}/"):
            return tuple(other + path[len(start) :] for other in others)
    return ()
