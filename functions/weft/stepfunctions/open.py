"""Puts engine, functions and application together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from starlette.applications import Starlette

from weft.engine.engine import Engine
from weft.engine.jsonata_fast import shared
from weft.stepfunctions.app import create_app
from weft.stepfunctions.arns import Arns
from weft.stepfunctions.functions import Functions, Handler
from weft.stepfunctions.objects import Objects
from weft.stepfunctions.service import Service


@dataclass(frozen=True, slots=True)
class Options:
    """`home` is the folder that keeps everything; `hosts` are names it answers to.

    `objects` is the folder of the object store; None: one in `home`.
    """

    home: Path
    arns: Arns = field(default_factory=Arns)
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    lambda_endpoint: str | None = None
    objects: Path | None = None
    hosts: frozenset[str] = frozenset()


@asynccontextmanager
async def open_app(options: Options) -> AsyncIterator[Starlette]:
    """The application over an engine that goes on with every open execution.

    Raises JournalLocked when another process has the folder, StorageUnavailable.
    """
    async with httpx.AsyncClient(trust_env=False) as http:
        endpoint = options.lambda_endpoint
        objects = Objects(options.objects or options.home / "objects")
        handlers = {**objects.handlers(), **options.handlers}
        functions = Functions(handlers, endpoint.rstrip("/") if endpoint else None, http)
        engine = Engine(options.home, invoke=functions, jsonata=shared(), names=options.arns)
        await engine.open()
        try:
            yield create_app(Service(engine, options.arns, functions), options.hosts)
        finally:
            await engine.close()
