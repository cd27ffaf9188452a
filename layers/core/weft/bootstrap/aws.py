"""Everything on AWS, and a process that serves it: DynamoDB, S3, KMS, Step Functions.

Runs go on without this process. It asks Step Functions for their histories, so that their steps
are shown, and tells those who are connected to it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from weft.adapters.aws.arns import Arns
from weft.adapters.aws.blobs import Blobs
from weft.adapters.aws.claims import S3Claims
from weft.adapters.aws.place import Place
from weft.adapters.aws.step_functions import StepFunctionsHost
from weft.adapters.aws.store import DynamoStore
from weft.adapters.aws.vault import KmsVault, VaultNames
from weft.adapters.embedded.event_bus import InProcessBus
from weft.bootstrap.aws_settings import AwsSettings
from weft.bootstrap.step_services import StepSettings, http_client
from weft.nodekit.catalogue import Catalogue
from weft.nodes.catalogue import NodeCatalogue
from weft.operations.follow_runs import RunFollower
from weft.operations.platform import Platform
from weft.operations.poll_histories import POLL_SECONDS, HistoryPoller
from weft.ports.http import HttpClient


@dataclass(frozen=True, slots=True)
class AwsParts:
    """What is chosen elsewhere; tests pass their own."""

    catalogue: Catalogue
    http: HttpClient
    poll_seconds: float = POLL_SECONDS


def platform_on_aws(settings: AwsSettings, parts: AwsParts) -> Platform:
    """What a stack is made of; nobody follows its runs."""
    data = Place(settings.region, settings.endpoint)
    states = Place(settings.region, settings.states_endpoint)
    blobs = Blobs(data, settings.bucket, settings.prefix)
    arns = Arns(settings.runners, settings.connections, settings.partition)
    return Platform(
        store=DynamoStore(data, settings.table, blobs),
        host=StepFunctionsHost(states, settings.role, arns),
        vault=KmsVault(data, VaultNames(settings.key, settings.root)),
        claims=S3Claims(blobs),
        bus=InProcessBus(),
        http=parts.http,
        catalogue=parts.catalogue,
    )


@asynccontextmanager
async def open_on_aws(settings: AwsSettings, parts: AwsParts) -> AsyncIterator[Platform]:
    """The platform of a stack, following its runs. Raises `StorageUnavailable`."""
    async with AsyncExitStack() as stack:
        platform = platform_on_aws(settings, parts)
        follower = RunFollower(platform)
        stack.push_async_callback(follower.close)
        await follower.recover()
        follower.begin()
        poller = HistoryPoller(platform, follower.heard)
        polling = asyncio.create_task(poller.keep_polling(parts.poll_seconds))
        stack.push_async_callback(_ended, polling)
        yield platform


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def open_stack(settings: AwsSettings, steps: StepSettings) -> AsyncIterator[Platform]:
    """See `weft.bootstrap.platform.open_platform`."""
    parts = AwsParts(NodeCatalogue(), http_client(steps))
    async with open_on_aws(settings, parts) as platform:
        yield platform
