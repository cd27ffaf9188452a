"""AES-256-GCM envelope encryption under a key file that lies outside the data folder (CR-01)."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from weft.domain.errors import VaultUnreadable

_VERSION = b"\x01"
_NONCE = 12  # bytes, as NIST SP 800-38D recommends for GCM
_TAG = 16
_KEY = 32
_WRAPPED = _NONCE + _KEY + _TAG


class KeyFileVault:
    """See `weft.ports.vault`.

    Sealed bytes: version, wrapped data key, nonce, ciphertext. Both layers are bound to tenant and
    credential id as associated data, so a row copied to another place does not open.
    """

    def __init__(self, key_file: Path) -> None:
        """Reads the key file, or makes it with mode 0600. Raises `VaultUnreadable`."""
        self._root = _read_or_make(key_file)
        self._derived: dict[str, bytes] = {}

    def seal(self, tenant_id: str, credential_id: str, values: Mapping[str, str]) -> bytes:
        bound = _binding(tenant_id, credential_id)
        data_key = secrets.token_bytes(_KEY)
        wrapped = _encrypt(self.derive("credentials"), data_key, bound)
        return _VERSION + wrapped + _encrypt(data_key, orjson.dumps(dict(values)), bound)

    def unseal(self, tenant_id: str, credential_id: str, sealed: bytes) -> Mapping[str, str]:
        bound = _binding(tenant_id, credential_id)
        if sealed[:1] != _VERSION or len(sealed) <= 1 + _WRAPPED:
            raise VaultUnreadable("the stored credential is damaged; add it again")
        try:
            wrapped, body = sealed[1 : 1 + _WRAPPED], sealed[1 + _WRAPPED :]
            data_key = _decrypt(self.derive("credentials"), wrapped, bound)
            values: dict[str, str] = orjson.loads(_decrypt(data_key, body, bound))
        except InvalidTag as error:
            raise VaultUnreadable(
                "the credential cannot be opened with this key file; "
                "restore the key file it was made with, or add the credential again"
            ) from error
        return values

    def derive(self, purpose: str) -> bytes:
        found = self._derived.get(purpose)
        if found is None:
            info = b"weft/" + purpose.encode()
            found = HKDF(hashes.SHA256(), _KEY, salt=None, info=info).derive(self._root)
            self._derived[purpose] = found
        return found


def _binding(tenant_id: str, credential_id: str) -> bytes:
    return orjson.dumps([tenant_id, credential_id])


def _encrypt(key: bytes, text: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)


def _read_or_make(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            # Exclusive, so that two first starts cannot each believe in a key of their own.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _read(path)
        key = secrets.token_bytes(_KEY)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(key.hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink()  # an empty one would pass for a damaged one at the next start
            raise
        return key
    except OSError as error:
        raise VaultUnreadable(f"{path}: {error.strerror}") from error


def _read(path: Path) -> bytes:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise VaultUnreadable(f"{path}: others may read this key file; run `chmod 600` on it")
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError as error:
        raise VaultUnreadable(f"{path}: this is not a key file of Weft") from error
    if len(key) != _KEY:
        raise VaultUnreadable(f"{path}: the key file is damaged; restore it from a backup")
    return key
