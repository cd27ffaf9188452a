"""Puts platform, API and webhooks together in one process, and greets its owner."""

import gc
import os
from dataclasses import dataclass, replace
from pathlib import Path

from weft.api.app import create_app
from weft.api.options import ApiOptions
from weft.api.serve import LOOPBACK, serve
from weft.bootstrap.platform import open_platform
from weft.bootstrap.settings import Settings, load_settings
from weft.cli.examples import seed_examples
from weft.cli.in_process import owner_caller
from weft.cli.report import err
from weft.cli.server_record import ServerRecord, read_record, record_path, write_record
from weft.domain.caller import Caller, Scope
from weft.domain.errors import Unauthenticated
from weft.nodes.catalogue import load_entries
from weft.operations.api_keys import authenticate_api_key, create_api_key
from weft.operations.platform import Platform
from weft.operations.sessions import create_sign_in_link
from weft.triggers.webhook import receive_webhook

_KEY_NAME = "weft command line"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; None: as the settings say."""

    port: int | None
    host: str
    home: Path | None


async def run_server(wanted: Wanted) -> None:
    """Serves until it is told to end.

    Raises `Conflict` for a port in use, `StorageUnavailable` for a second server on the home.
    """
    settings = load_settings()
    if wanted.home is not None:
        settings = replace(settings, home=wanted.home.expanduser().absolute())
    async with open_platform(settings) as platform:
        _spare_the_collector()
        first = not platform.store.directory.list_tenants()
        caller = await owner_caller(platform)
        if first:
            await seed_examples(platform, caller)
        link = (await create_sign_in_link(platform, caller.tenant_id, caller.user_id))[1]
        key = await _local_key(platform, caller, settings)

        def announce(url: str) -> None:
            write_record(record_path(settings), ServerRecord(url, os.getpid(), key))
            _greet(url, link, settings)

        options = ApiOptions(
            signing_key=platform.vault.derive("access-tokens"),
            hosts=frozenset() if wanted.host == LOOPBACK else frozenset({wanted.host}),
        )
        app = create_app(platform, options, catalogue=load_entries(), receive_hook=receive_webhook)
        port = settings.port if wanted.port is None else wanted.port
        await serve(app, port, announce, host=wanted.host)


def _spare_the_collector() -> None:
    """What is loaded now stays, and a run of a large loop makes many objects, few of them cycles.

    With Python's own thresholds a sixth of such a run's time goes into looking through both.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def _local_key(platform: Platform, caller: Caller, settings: Settings) -> str:
    """The key of the last start if it still opens the door, else a new one."""
    record = read_record(record_path(settings))
    if record is not None:
        try:
            await authenticate_api_key(platform, record.api_key)
        except Unauthenticated:
            record = None
    if record is not None:
        return record.api_key
    issued = await create_api_key(platform, caller, _KEY_NAME, scopes=frozenset(Scope))
    return issued.token


def _greet(url: str, link: str, settings: Settings) -> None:
    console, aws = err(), settings.aws
    data = settings.home if aws is None else f"table {aws.table} in {aws.region}"
    console.print(f"[bold]Weft[/] listens on {url}")
    console.print(f"  data      {data}", markup=False)
    console.print(f"  sign in   {url}/sign-in?token={link}", markup=False)
    console.print("            [dim]works once, within 15 minutes[/]")
    console.print("  stop      Ctrl-C")
