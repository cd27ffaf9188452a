"""Chooses the adapters. The only module that knows there is more than one set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, TypeAlias, assert_never

from weft.bootstrap.settings import Settings
from weft.operations.platform import Platform

Profile: TypeAlias = Literal["embedded"]


@asynccontextmanager
async def open_platform(
    settings: Settings, profile: Profile = "embedded"
) -> AsyncIterator[Platform]:
    """The platform with every run that was under way going on; closed when the block ends.

    Raises `StorageUnavailable` if the data folder is in use or cannot be read, and
    `VaultUnreadable` for a key file that is not usable.
    """
    match profile:
        case "embedded":
            # Late, so that a deployment carries only what its own profile needs.
            from weft.bootstrap.one_machine import open_one_machine

            async with open_one_machine(settings) as platform:
                yield platform
        case _:
            assert_never(profile)
