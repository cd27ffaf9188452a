"""The platform inside a command: of this home, or of a folder that is gone afterwards."""

import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from weft.bootstrap.lend_credentials import lend_credentials
from weft.bootstrap.platform import open_platform
from weft.bootstrap.settings import load_settings
from weft.domain.caller import Caller
from weft.domain.credential import Credential
from weft.domain.graph import GraphDoc
from weft.operations.platform import Platform
from weft.operations.provision_tenant import ensure_owner


@asynccontextmanager
async def home_platform() -> AsyncIterator[Platform]:
    """The platform on the data of this home. Raises `StorageUnavailable` while a server runs."""
    async with open_platform(load_settings()) as platform:
        yield platform


@asynccontextmanager
async def throwaway_platform() -> AsyncIterator[Platform]:
    """A platform whose data is gone afterwards, with the credentials of this home."""
    settings = load_settings()
    with tempfile.TemporaryDirectory(prefix="weft-run-", ignore_cleanup_errors=True) as folder:
        here = replace(settings, home=Path(folder), profile="embedded")
        async with open_platform(here) as platform:
            lend_credentials(settings.home, platform)
            yield platform


async def owner_caller(platform: Platform) -> Caller:
    """The person at this terminal: the owner of the data in it."""
    owner = await ensure_owner(platform)
    return Caller(owner.tenant_id, owner.user_id, owner.role, "session")


def stand_in_for_trigger_secrets(platform: Platform, caller: Caller, doc: GraphDoc) -> None:
    """Random secrets for credentials that only triggers name and the home does not have.

    They prove who calls from outside, and nobody does: the run is started by hand.
    """
    stored = platform.store.credentials.list(caller.tenant_id)
    known = {item.credential_id for item in stored} | {item.name for item in stored}
    for node in doc.nodes:
        wanted = node.config.get("credential")
        node_type = platform.catalogue.find(node.type)
        if node_type is None or not node_type.is_trigger or not node_type.credentials:
            continue
        if not isinstance(wanted, str) or wanted in known:
            continue
        known.add(wanted)
        kind = node_type.credentials[0]
        values = {item.name: secrets.token_urlsafe() for item in kind.fields}
        made = Credential(
            tenant_id=caller.tenant_id,
            credential_id=wanted,
            name=f"stands in for {wanted}",
            type=kind.name,
            allowed_hosts=kind.hosts,
            created_at=platform.now(),
            created_by=caller.user_id,
        )
        platform.store.credentials.add(made, platform.vault.seal(caller.tenant_id, wanted, values))
