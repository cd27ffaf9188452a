"""Whether a request's host is among those that a credential may be sent to."""

from collections.abc import Sequence


def host_allowed(host: str, port: int, allowed: Sequence[str]) -> bool:
    """`api.example.com`, `*.example.com` (any name below it), each perhaps with `:port`."""
    host = host.lower().rstrip(".")
    for entry in allowed:
        name, _, wanted = entry.lower().strip().partition(":")
        if wanted and wanted != str(port):
            continue
        name = name.rstrip(".")
        if name.startswith("*.") and host.endswith(name[1:]) and len(host) > len(name) - 1:
            return True
        if host == name:
            return True
    return False
