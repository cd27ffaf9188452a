"""Envelope encryption by KMS: every credential has a data key, which KMS alone can open (CR-01)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from weft.adapters.aws.errors import code_of, unavailable
from weft.adapters.aws.place import Place
from weft.domain.errors import VaultUnreadable

_VERSION: Final = b"\x01"
_NONCE: Final = 12  # bytes, as NIST SP 800-38D recommends for GCM
_KEY: Final = 32
_LENGTH: Final = 2  # bytes that say how long the wrapped data key is
_UNREADABLE: Final = frozenset(
    {
        "AccessDeniedException",
        "DisabledException",
        "IncorrectKeyException",
        "InvalidCiphertextException",
        "KMSInvalidStateException",
        "NotFoundException",
    }
)


@dataclass(frozen=True, slots=True)
class VaultNames:
    """`key`: id, ARN or alias of a KMS key; `secret`: what Secrets Manager calls the root secret
    that other keys are derived from. It is made where it does not exist."""

    key: str
    secret: str


class KmsVault:
    """See `weft.ports.vault`.

    Sealed bytes: version, length of the wrapped data key, that key, nonce, ciphertext. KMS binds
    the data key to tenant and credential id as encryption context, and the ciphertext to them as
    associated data: what is copied to another place does not open, and CloudTrail says which
    credential was opened. Calls may raise `StorageUnavailable` too, where AWS cannot be reached.
    """

    def __init__(self, place: Place, names: VaultNames) -> None:
        self._place = place
        self._names = names
        self._root: bytes | None = None

    @cached_property
    def _kms(self) -> Any:
        return self._place.client("kms")

    @cached_property
    def _secrets(self) -> Any:
        return self._place.client("secretsmanager")

    def seal(self, tenant_id: str, credential_id: str, values: Mapping[str, str]) -> bytes:
        try:
            made = self._kms.generate_data_key(
                KeyId=self._names.key,
                KeySpec="AES_256",
                EncryptionContext=_context(tenant_id, credential_id),
            )
        except (ClientError, BotoCoreError) as error:
            raise unavailable(error, "KMS") from error
        wrapped: bytes = made["CiphertextBlob"]
        nonce = secrets.token_bytes(_NONCE)
        bound = _binding(tenant_id, credential_id)
        body = AESGCM(made["Plaintext"]).encrypt(nonce, orjson.dumps(dict(values)), bound)
        return _VERSION + len(wrapped).to_bytes(_LENGTH) + wrapped + nonce + body

    def unseal(self, tenant_id: str, credential_id: str, sealed: bytes) -> Mapping[str, str]:
        start = 1 + _LENGTH
        end = start + int.from_bytes(sealed[1:start])
        if sealed[:1] != _VERSION or len(sealed) <= end + _NONCE:
            raise VaultUnreadable("the stored credential is damaged; add it again")
        data_key = self._opened(sealed[start:end], _context(tenant_id, credential_id))
        nonce, body = sealed[end : end + _NONCE], sealed[end + _NONCE :]
        try:
            text = AESGCM(data_key).decrypt(nonce, body, _binding(tenant_id, credential_id))
        except InvalidTag as error:
            raise VaultUnreadable("the stored credential is damaged; add it again") from error
        values: dict[str, str] = orjson.loads(text)
        return values

    def _opened(self, wrapped: bytes, context: dict[str, str]) -> bytes:
        try:
            # The key is named, so that no blob can make KMS use another one.
            opened = self._kms.decrypt(
                KeyId=self._names.key, CiphertextBlob=wrapped, EncryptionContext=context
            )
        except ClientError as error:
            if code_of(error) in _UNREADABLE:
                raise VaultUnreadable(
                    "the credential cannot be opened with this KMS key: let this role use it, "
                    "restore the key it was made with, or add the credential again"
                ) from error
            raise unavailable(error, "KMS") from error
        except BotoCoreError as error:
            raise unavailable(error, "KMS") from error
        key: bytes = opened["Plaintext"]
        return key

    def derive(self, purpose: str) -> bytes:
        if self._root is None:
            self._root = self._read_or_make()
        info = b"weft/" + purpose.encode()
        return HKDF(hashes.SHA256(), _KEY, salt=None, info=info).derive(self._root)

    def _read_or_make(self) -> bytes:
        try:
            root = self._read() or self._made()
        except (ClientError, BotoCoreError) as error:
            raise unavailable(error, "Secrets Manager") from error
        if len(root) != _KEY:
            raise VaultUnreadable(f"the secret {self._names.secret} is no root secret of Weft")
        return root

    def _read(self) -> bytes | None:
        try:
            found = self._secrets.get_secret_value(SecretId=self._names.secret)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise
        return bytes(found.get("SecretBinary") or b"-")

    def _made(self) -> bytes:
        root = secrets.token_bytes(_KEY)
        names = self._names
        try:
            # Refused where there is one: two first starts cannot each believe in their own.
            self._secrets.create_secret(Name=names.secret, SecretBinary=root, KmsKeyId=names.key)
        except ClientError as error:
            if code_of(error) == "ResourceExistsException":
                return self._read() or b"-"
            raise
        return root


def _context(tenant_id: str, credential_id: str) -> dict[str, str]:
    return {"tenant": tenant_id, "credential": credential_id}


def _binding(tenant_id: str, credential_id: str) -> bytes:
    return orjson.dumps([tenant_id, credential_id])
