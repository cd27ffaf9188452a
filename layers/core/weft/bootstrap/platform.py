"""Chooses the adapters. The only module that knows there is more than one set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import assert_never

from weft.bootstrap.settings import Settings
from weft.bootstrap.step_services import StepSettings
from weft.operations.platform import Platform


@asynccontextmanager
async def open_platform(settings: Settings) -> AsyncIterator[Platform]:
    """The platform with every run that was under way going on; closed when the block ends.

    Raises `StorageUnavailable` if the data folder is in use or cannot be read, and
    `VaultUnreadable` for a key file that is not usable.
    """
    # Imported late, so that a deployment carries only what its own profile needs.
    match settings.profile:
        case "embedded":
            from weft.bootstrap.one_machine import open_one_machine

            async with open_one_machine(settings) as platform:
                yield platform
        case "aws":
            from weft.bootstrap.aws import open_stack

            assert settings.aws is not None, "settings of that profile have it"
            allowed = tuple(str(network) for network in settings.allow_networks)
            async with open_stack(settings.aws, StepSettings(allowed)) as platform:
                yield platform
        case _:
            assert_never(settings.profile)
