"""This machine as the operator set it up: worker processes, the node catalogue, the way out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from weft.adapters.embedded.workers.pool import WorkerPool
from weft.adapters.embedded.workers.settings import PoolSettings
from weft.bootstrap.embedded import Parts, open_embedded
from weft.bootstrap.settings import Settings
from weft.bootstrap.step_desk import StepDesk
from weft.bootstrap.step_services import StepSettings, http_client
from weft.engine.jsonata_fast import shared
from weft.nodes.catalogue import NodeCatalogue
from weft.operations.gather_history import GATHER_SECONDS
from weft.operations.platform import Platform


@asynccontextmanager
async def open_one_machine(settings: Settings) -> AsyncIterator[Platform]:
    """See `weft.bootstrap.platform.open_platform`."""
    for_steps = StepSettings(
        http_allow=tuple(str(network) for network in settings.allow_networks),
        allow_unsandboxed_code=settings.allow_unsandboxed_code,
    )
    desk = StepDesk()
    pool = WorkerPool(settings.home, desk, PoolSettings(step_settings=asdict(for_steps)))
    parts = Parts(
        invoke=pool.invoke,
        jsonata=shared(),
        catalogue=NodeCatalogue(),
        http=http_client(for_steps),
        workers=pool,
        desk=desk,
        gather_seconds=GATHER_SECONDS,
    )
    async with open_embedded(settings.home, settings.key_file, parts) as platform:
        yield platform
