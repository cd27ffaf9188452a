"""Opening and closing the platform on a folder."""

from typing import Any

import pytest

from weft.bootstrap.embedded import open_embedded
from weft.domain.errors import StorageUnavailable, VaultUnreadable
from weft.operations.provision_tenant import ensure_owner


async def test_a_folder_that_is_open_is_refused(house: Any) -> None:
    with pytest.raises(StorageUnavailable, match="another Weft server uses this folder"):
        async with open_embedded(house.home, house.key_file, house.parts()):
            pass


async def test_a_folder_without_its_key_opens_nothing(house: Any) -> None:
    await house.close()
    house.key_file.write_text("not a key")
    with pytest.raises(VaultUnreadable, match="not a key file"):
        await house.open()
    house.key_file.unlink()
    await house.open()


async def test_the_owner_is_made_once(house: Any) -> None:
    first = await ensure_owner(house.platform)
    await house.restart()
    assert await ensure_owner(house.platform) == first
    assert len(house.platform.store.directory.list_tenants()) == 1
