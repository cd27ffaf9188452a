"""What the API is told when it is put together; nothing here is read from the environment."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import time

# A document of 2 MB is the largest the editor saves; JSON overhead is inside it.
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_WAIT_SECONDS = 60
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """Settings of one API process.

    `signing_key` signs access tokens (at least 32 bytes). `hosts` are accepted in the `Host`
    header besides the loopback names, `*` accepts any (behind a gateway that checks it itself).
    `origins` are exact CORS origins. `web_root` is a folder with the built editor.
    """

    signing_key: bytes = field(repr=False)
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    secure_cookies: bool = False  # True wherever the API is reached over TLS
    docs_open: bool = True  # whether the OpenAPI document needs no caller
    web_root: Path | None = None
    max_body_bytes: int = MAX_BODY_BYTES
    auth_attempts_per_minute: int = 10  # RL-03
    keep_alive_seconds: float = 15.0  # between comments on a silent event stream
    stream_auth_seconds: float = 10.0  # a socket must present its token within
    now: Callable[[], float] = time  # epoch seconds

    def __post_init__(self) -> None:
        # RFC 7518 3.2: an HS256 key has at least the size of the hash.
        if len(self.signing_key) < 32:
            raise ValueError("the signing key needs at least 32 bytes")
