"""One approval per activation of a node: asking again after a crash finds the same one."""

import uuid

_NAMESPACE = uuid.UUID("5d2b8f0e-6f0c-4d39-8f0a-0f0f4a6a7c21")


def approval_id_of(run_id: str, node_id: str, path: str) -> str:
    """The approval's id; `path` as in steps (`0.2`, empty outside loops)."""
    return str(uuid.uuid5(_NAMESPACE, f"{run_id}/{node_id}/{path}"))


def path_of(key: str) -> str:
    """The activation path in a step's idempotency key, `<run>/<node>/<path>`."""
    return key.split("/", 2)[2]
