"""How the commands find the running server: an owner-only file that `weft dev` writes.

It holds the address and an API key. Whoever can read the owner's files on this machine can act as
the owner, with the key as without it.
"""

import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from weft.bootstrap.settings import Settings


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """`url` has no slash at its end. `pid` is the server's process."""

    url: str
    pid: int
    api_key: str


def record_path(settings: "Settings") -> Path:
    """Beside the key file, outside the data folder; one per home, so that two homes can run."""
    home = hashlib.sha256(str(settings.home).encode()).hexdigest()[:12]
    return settings.key_file.with_name(f"server-{home}.json")


def write_record(path: Path, record: ServerRecord) -> None:
    """Replaces the file at once; nobody but the owner can ever read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(asdict(record)))
    temporary.replace(path)


def read_record(path: Path) -> ServerRecord | None:
    """The record, if there is one that can be read."""
    try:
        fields = orjson.loads(path.read_bytes())
        return ServerRecord(**fields)
    except FileNotFoundError:
        return None
    except (TypeError, orjson.JSONDecodeError):
        # Written by another version: the next `weft dev` replaces it.
        return None
