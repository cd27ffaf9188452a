"""The credentials of this home: through the running server, or on the store when none runs."""

import asyncio
from typing import Any, Protocol

from weft.cli.client import Client, NoServer, connect


class VaultAccess(Protocol):
    """What `weft credentials` needs; plain objects as the API gives them, never a secret."""

    def types(self) -> list[dict[str, Any]]: ...
    def stored(self) -> list[dict[str, Any]]: ...
    def add(
        self, name: str, type_name: str, values: dict[str, str], hosts: list[str]
    ) -> dict[str, Any]: ...
    def test(self, credential_id: str) -> dict[str, Any]: ...
    def remove(self, credential_id: str) -> None: ...


class OverHttp:
    """Through the running server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def types(self) -> list[dict[str, Any]]:
        """Every type some node asks for."""
        found: list[dict[str, Any]] = self._client.get("/credentials/types")["items"]
        return found

    def stored(self) -> list[dict[str, Any]]:
        """Metadata."""
        found: list[dict[str, Any]] = self._client.get("/credentials")["items"]
        return found

    def add(
        self, name: str, type_name: str, values: dict[str, str], hosts: list[str]
    ) -> dict[str, Any]:
        """The new credential's metadata."""
        body = {"name": name, "type": type_name, "values": values, "allowed_hosts": hosts}
        made: dict[str, Any] = self._client.post("/credentials", body)
        return made

    def test(self, credential_id: str) -> dict[str, Any]:
        """`{ok, message}`."""
        outcome: dict[str, Any] = self._client.post(f"/credentials/{credential_id}/test", {})
        return outcome

    def remove(self, credential_id: str) -> None:
        """Gone afterwards."""
        self._client.delete(f"/credentials/{credential_id}")


class OnStore:
    """Straight on the store; opens it for each call and closes it again."""

    def types(self) -> list[dict[str, Any]]:
        """Every type some node asks for."""
        from dataclasses import asdict

        from weft.nodes.catalogue import NodeCatalogue

        catalogue = NodeCatalogue()
        found = {}
        for name in catalogue.names():
            node_type = catalogue.find(name)
            for kind in node_type.credentials if node_type else ():
                found[kind.name] = asdict(kind)
        return [found[name] for name in sorted(found)]

    def stored(self) -> list[dict[str, Any]]:
        """Metadata."""
        from weft.operations.credentials import list_credentials

        return [_view(item) for item in self._do(list_credentials)]

    def add(
        self, name: str, type_name: str, values: dict[str, str], hosts: list[str]
    ) -> dict[str, Any]:
        """The new credential's metadata."""
        from weft.domain.credential import NewCredential
        from weft.operations.credentials import add_credential

        new = NewCredential(name, type_name, values, tuple(hosts))
        return _view(self._do(add_credential, new))

    def test(self, credential_id: str) -> dict[str, Any]:
        """`{ok, message}`."""
        from weft.operations.credentials import test_credential

        outcome = self._do(test_credential, credential_id)
        return {"ok": outcome.ok, "message": outcome.message}

    def remove(self, credential_id: str) -> None:
        """Gone afterwards."""
        from weft.operations.credentials import remove_credential

        self._do(remove_credential, credential_id)

    def _do(self, operation: Any, *arguments: Any) -> Any:
        from weft.cli.in_process import home_platform, owner_caller

        async def work() -> Any:
            async with home_platform() as platform:
                return await operation(platform, await owner_caller(platform), *arguments)

        return asyncio.run(work())


def _view(credential: Any) -> dict[str, Any]:
    from weft.domain.times import iso

    used = credential.last_used_at
    return {
        "id": credential.credential_id,
        "name": credential.name,
        "type": credential.type,
        "allowed_hosts": list(credential.allowed_hosts),
        "last_used_at": None if used is None else iso(used),
    }


def open_vault() -> VaultAccess:
    """The server's if one answers, else the store's."""
    try:
        client = connect()
        client.get("/health")
        return OverHttp(client)
    except NoServer:
        return OnStore()
