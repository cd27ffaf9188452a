"""Credentials in the table: metadata and the sealed secret, apart."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from weft.adapters.aws.keys import Key, credentials, key
from weft.adapters.aws.records import record, tuples
from weft.adapters.aws.table import Table
from weft.adapters.aws.unit import Entry, Unit
from weft.domain.credential import Credential
from weft.domain.errors import Conflict, NotFound


class DynamoCredentials:
    """See `weft.ports.credentials`. A name has an item of its own, so that there is one of it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, credential: Credential, sealed: bytes) -> None:
        def added(unit: Unit) -> None:
            name, at = _name_at(credential), _at(credential.tenant_id, credential.credential_id)
            if unit.get(name) is not None or unit.get(at) is not None:
                raise Conflict(f"there is a credential named {credential.name!r} already")
            unit.put(Entry(at, record(credential)))
            unit.put(Entry(name, credential.credential_id))
            secret = _sealed_at(credential.tenant_id, credential.credential_id)
            unit.put(Entry(secret, base64.b64encode(sealed).decode()))

        self._table.write(added)

    def get(self, tenant_id: str, credential_id: str) -> Credential:
        return _credential(self._held(_at(tenant_id, credential_id), credential_id))

    def sealed(self, tenant_id: str, credential_id: str) -> bytes:
        return base64.b64decode(self._held(_sealed_at(tenant_id, credential_id), credential_id))

    def _held(self, at: Key, credential_id: str) -> Any:
        held = self._table.get(at)
        if held is None:
            raise NotFound(f"there is no credential {credential_id}")
        return held

    def list(self, tenant_id: str) -> Sequence[Credential]:
        found = [_credential(held) for _, held in self._table.under(credentials(tenant_id), "C#")]
        return sorted(found, key=lambda credential: credential.name)

    def touch(self, tenant_id: str, credential_id: str, used_at: int) -> None:
        def touched(unit: Unit) -> None:
            at = _at(tenant_id, credential_id)
            held = unit.get(at)
            if held is not None:
                unit.put(Entry(at, record(replace(_credential(held), last_used_at=used_at))))

        self._table.write(touched)

    def remove(self, tenant_id: str, credential_id: str) -> None:
        def removed(unit: Unit) -> None:
            at = _at(tenant_id, credential_id)
            held = unit.get(at)
            if held is None:
                raise NotFound(f"there is no credential {credential_id}")
            unit.remove(at)
            unit.remove(_name_at(_credential(held)))
            unit.remove(_sealed_at(tenant_id, credential_id))

        self._table.write(removed)


def _at(tenant_id: str, credential_id: str) -> Key:
    return credentials(tenant_id), key("C", credential_id)


def _sealed_at(tenant_id: str, credential_id: str) -> Key:
    return credentials(tenant_id), key("SEALED", credential_id)


def _name_at(credential: Credential) -> Key:
    return credentials(credential.tenant_id), key("NAME", credential.name)


def _credential(held: dict[str, Any]) -> Credential:
    return Credential(**tuples(held, "allowed_hosts"))
