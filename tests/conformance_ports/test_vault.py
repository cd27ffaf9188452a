"""What `weft.ports.vault` promises."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.adapters.aws.place import Place
from weft.adapters.aws.vault import KmsVault, VaultNames
from weft.adapters.embedded.vault import KeyFileVault
from weft.domain.errors import VaultUnreadable
from weft.ports.vault import Vault

VALUES = {"token": "sk-very-secret", "user": "ada"}


@pytest.fixture(params=["key file", "kms"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Vault]:
    """Makes a vault as a process that starts does: the same one each time."""
    if request.param == "key file":
        return lambda: KeyFileVault(tmp_path / "keys" / "weft.key")
    place: Place = request.getfixturevalue("moto")
    key = place.client("kms").create_key()["KeyMetadata"]["KeyId"]
    names = VaultNames(key, f"weft/{uuid.uuid4()}")
    return lambda: KmsVault(place, names)


def test_what_is_sealed_opens_again_also_in_another_process(opened: Callable[[], Vault]) -> None:
    sealed = opened().seal("a", "c", VALUES)
    assert b"secret" not in sealed
    assert opened().unseal("a", "c", sealed) == VALUES


def test_a_seal_is_another_each_time(opened: Callable[[], Vault]) -> None:
    vault = opened()
    assert vault.seal("a", "c", VALUES) != vault.seal("a", "c", VALUES)


@pytest.mark.parametrize(("tenant", "credential"), [("b", "c"), ("a", "d"), ("ac", "")])
def test_it_does_not_open_elsewhere(
    opened: Callable[[], Vault], tenant: str, credential: str
) -> None:
    vault = opened()
    with pytest.raises(VaultUnreadable):
        vault.unseal(tenant, credential, vault.seal("a", "c", VALUES))


@pytest.mark.parametrize("place", [0, 5, 30, 70, 110, -1])
def test_a_changed_byte_is_noticed(opened: Callable[[], Vault], place: int) -> None:
    vault = opened()
    sealed = bytearray(vault.seal("a", "c", VALUES))
    sealed[place % len(sealed)] ^= 1
    with pytest.raises(VaultUnreadable):
        vault.unseal("a", "c", bytes(sealed))


@pytest.mark.parametrize("kept", [0, 1, 3, 60])
def test_what_broke_off_is_noticed(opened: Callable[[], Vault], kept: int) -> None:
    vault = opened()
    with pytest.raises(VaultUnreadable):
        vault.unseal("a", "c", vault.seal("a", "c", VALUES)[:kept])


def test_derived_keys_are_stable_and_differ_by_purpose(opened: Callable[[], Vault]) -> None:
    assert opened().derive("sessions") == opened().derive("sessions")
    assert opened().derive("sessions") != opened().derive("credentials")
    assert len(opened().derive("sessions")) == 32
