"""Secrets open for the tenant and credential they were sealed for, with the right key only."""

import os
from pathlib import Path

import pytest

from weft.adapters.embedded.vault import KeyFileVault
from weft.domain.errors import VaultUnreadable

VALUES = {"token": "sk-very-secret", "user": "ada"}


@pytest.fixture
def vault(tmp_path: Path) -> KeyFileVault:
    return KeyFileVault(tmp_path / "keys" / "weft.key")


def test_what_is_sealed_opens_again_also_in_another_process(
    vault: KeyFileVault, tmp_path: Path
) -> None:
    sealed = vault.seal("a", "c", VALUES)
    assert b"secret" not in sealed
    assert KeyFileVault(tmp_path / "keys" / "weft.key").unseal("a", "c", sealed) == VALUES


def test_two_seals_of_one_secret_share_nothing(vault: KeyFileVault) -> None:
    one, two = vault.seal("a", "c", VALUES), vault.seal("a", "c", VALUES)
    assert one[1:61] != two[1:61]
    assert one[61:] != two[61:]


@pytest.mark.parametrize(("tenant", "credential"), [("b", "c"), ("a", "d"), ("ac", "")])
def test_it_does_not_open_elsewhere(vault: KeyFileVault, tenant: str, credential: str) -> None:
    with pytest.raises(VaultUnreadable):
        vault.unseal(tenant, credential, vault.seal("a", "c", VALUES))


@pytest.mark.parametrize("place", [0, 5, 30, 70, -1])
def test_a_changed_byte_is_noticed(vault: KeyFileVault, place: int) -> None:
    sealed = bytearray(vault.seal("a", "c", VALUES))
    sealed[place] ^= 1
    with pytest.raises(VaultUnreadable):
        vault.unseal("a", "c", bytes(sealed))


def test_another_key_file_does_not_open_it(vault: KeyFileVault, tmp_path: Path) -> None:
    other = KeyFileVault(tmp_path / "other.key")
    with pytest.raises(VaultUnreadable, match="restore the key file"):
        other.unseal("a", "c", vault.seal("a", "c", VALUES))


def test_derived_keys_are_stable_and_differ_by_purpose(vault: KeyFileVault, tmp_path: Path) -> None:
    again = KeyFileVault(tmp_path / "keys" / "weft.key")
    assert vault.derive("sessions") == again.derive("sessions")
    assert vault.derive("sessions") != vault.derive("credentials")
    assert len(vault.derive("sessions")) == 32


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX's")
def test_the_key_file_is_private_or_refused(vault: KeyFileVault, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "weft.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(VaultUnreadable, match="chmod 600"):
        KeyFileVault(path)


@pytest.mark.parametrize("text", ["", "zz", "ab" * 16])
def test_a_damaged_key_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weft.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(VaultUnreadable, match=str(path)):
        KeyFileVault(path)
