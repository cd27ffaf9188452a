"""Credentials in SQLite: metadata beside the sealed secret."""

# ruff: noqa: S608 - only fixed text of this module is ever put into a statement

from collections.abc import Sequence

from weft.adapters.embedded.database import Database, Row
from weft.adapters.json_columns import pack, unpack
from weft.domain.credential import Credential
from weft.domain.errors import Conflict, NotFound

_COLUMNS = (
    "tenant_id, credential_id, name, type, allowed_hosts, created_at, created_by, last_used_at"
)


class SqliteCredentials:
    """See `weft.ports.credentials`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, credential: Credential, sealed: bytes) -> None:
        try:
            self._db.run(
                "INSERT INTO credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    credential.tenant_id,
                    credential.credential_id,
                    credential.name,
                    credential.type,
                    pack(credential.allowed_hosts),
                    credential.created_at,
                    credential.created_by,
                    credential.last_used_at,
                    sealed,
                ),
            )
        except Conflict as error:
            raise Conflict(f"there is a credential named {credential.name!r} already") from error

    def get(self, tenant_id: str, credential_id: str) -> Credential:
        row = self._db.row(
            f"SELECT {_COLUMNS} FROM credentials WHERE tenant_id = ? AND credential_id = ?",
            (tenant_id, credential_id),
        )
        if row is None:
            raise NotFound(f"there is no credential {credential_id}")
        return _credential(row)

    def sealed(self, tenant_id: str, credential_id: str) -> bytes:
        row = self._db.row(
            "SELECT sealed FROM credentials WHERE tenant_id = ? AND credential_id = ?",
            (tenant_id, credential_id),
        )
        if row is None:
            raise NotFound(f"there is no credential {credential_id}")
        return bytes(row[0])

    def list(self, tenant_id: str) -> Sequence[Credential]:
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM credentials WHERE tenant_id = ? ORDER BY name",
            (tenant_id,),
        )
        return [_credential(row) for row in rows]

    def touch(self, tenant_id: str, credential_id: str, used_at: int) -> None:
        self._db.run(
            "UPDATE credentials SET last_used_at = ? WHERE tenant_id = ? AND credential_id = ?",
            (used_at, tenant_id, credential_id),
        )

    def remove(self, tenant_id: str, credential_id: str) -> None:
        removed = self._db.run(
            "DELETE FROM credentials WHERE tenant_id = ? AND credential_id = ?",
            (tenant_id, credential_id),
        )
        if not removed:
            raise NotFound(f"there is no credential {credential_id}")


def _credential(row: Row) -> Credential:
    tenant_id, credential_id, name, type, hosts, created_at, created_by, used = row
    return Credential(
        tenant_id, credential_id, name, type, tuple(unpack(hosts)), created_at, created_by, used
    )
