"""Values too large for a run's states, as objects of a bucket."""

from urllib.parse import quote

from weft.adapters.aws.blobs import Blobs


class S3Claims:
    """See `weft.ports.claims`. The bucket encrypts; `claims/<tenant>/<run>/<digest>`."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def put(self, tenant_id: str, run_id: str, digest: str, content: bytes) -> None:
        # Not looked for first: S3 asks more for a look that finds nothing than it saves.
        self._blobs.put(f"{_folder(tenant_id, run_id)}/{digest}", content)

    def get(self, tenant_id: str, run_id: str, digest: str) -> bytes | None:
        return self._blobs.get(f"{_folder(tenant_id, run_id)}/{digest}")

    def forget(self, tenant_id: str, run_id: str) -> None:
        self._blobs.forget(_folder(tenant_id, run_id))


def _folder(tenant_id: str, run_id: str) -> str:
    # A quoted id has no slash; the letters keep `.` and `..` from being names of their own.
    return f"claims/t-{quote(tenant_id, safe='')}/r-{quote(run_id, safe='')}"
