"""The key file is private, whole, and the one that the secrets were sealed with."""

import os
from pathlib import Path

import pytest

from weft.adapters.embedded.vault import KeyFileVault
from weft.domain.errors import VaultUnreadable

VALUES = {"token": "sk-very-secret"}


@pytest.fixture
def vault(tmp_path: Path) -> KeyFileVault:
    return KeyFileVault(tmp_path / "keys" / "weft.key")


def test_a_seal_shares_nothing_with_another(vault: KeyFileVault) -> None:
    one, two = vault.seal("a", "c", VALUES), vault.seal("a", "c", VALUES)
    assert one[1:61] != two[1:61]
    assert one[61:] != two[61:]


def test_another_key_file_does_not_open_it(vault: KeyFileVault, tmp_path: Path) -> None:
    other = KeyFileVault(tmp_path / "other.key")
    with pytest.raises(VaultUnreadable, match="restore the key file"):
        other.unseal("a", "c", vault.seal("a", "c", VALUES))


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
