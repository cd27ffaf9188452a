"""Builds what functions are made of: our code, and third-party packages for Lambda; no Docker.

The same sources and locks give the same bytes: entries are sorted and have one time and mode.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from weft.domain.errors import Invalid

ROOT: Final = Path(__file__).parents[3]
PYTHON: Final = "3.13"
LAYERS: Final[Mapping[str, str]] = {
    "api": "requirements/aws.lock",
    "runner": "requirements/runner.lock",
    "runner-ai": "requirements/runner-ai.lock",
}
_SOURCES: Final = ("functions", "layers/core", "layers/engine", "compiler")
_NOT_DEPLOYED: Final = ("weft/cli", "weft/bench")
# The oldest glibc of Lambda's Python 3.13 is 2.34 (Amazon Linux 2023).
_PLATFORMS: Final = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
# Descriptions of every AWS service are 30 MB of botocore; these are the ones that we call.
_SERVICES: Final = frozenset({"dynamodb", "kms", "s3", "secretsmanager", "stepfunctions", "sts"})
_LEFT_OUT: Final = frozenset({"__pycache__", "bin"})
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can tell
_FILE: Final = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Assets:
    """Zip files. `layers`: by name, as in `LAYERS`; empty without third-party packages."""

    code: Path
    layers: Mapping[str, Path] = field(default_factory=dict)


def build_assets(folder: Path, architecture: str, *, third_party: bool) -> Assets:
    """Writes them into `folder`. Raises `Invalid` if a lock cannot be installed for Lambda."""
    folder.mkdir(parents=True, exist_ok=True)
    code = _zipped(folder / "code.zip", _own_files())
    if not third_party:
        return Assets(code)
    layers = {name: _layer(folder, name, lock, architecture) for name, lock in LAYERS.items()}
    return Assets(code, layers)


def unzipped_bytes(asset: Path) -> int:
    """What Lambda counts against its 250 MB."""
    with zipfile.ZipFile(asset) as held:
        return sum(entry.file_size for entry in held.infolist())


def _own_files() -> Iterator[tuple[str, Path]]:
    for source in _SOURCES:
        for path in (ROOT / source / "weft").rglob("*"):
            name = path.relative_to(ROOT / source).as_posix()
            if not name.startswith(_NOT_DEPLOYED):
                yield name, path


def _layer(folder: Path, name: str, lock: str, architecture: str) -> Path:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        _install(Path(place), lock, architecture)
        found = ((f"python/{n}", path) for n, path in _third_party(Path(place)))
        return _zipped(folder / f"{name}-{architecture}.zip", found)


def _install(place: Path, lock: str, architecture: str) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise Invalid("there is no uv: run make dev-setup")
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--python-version", PYTHON]
    command += ["--python-platform", _PLATFORMS[architecture], "--link-mode", "copy"]
    command += ["--target", str(place), "--requirements", str(ROOT / lock)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if outcome.returncode:
        raise Invalid(f"{lock} cannot be installed for {architecture}: {outcome.stderr.strip()}")


def _third_party(place: Path) -> Iterator[tuple[str, Path]]:
    for path in place.rglob("*"):
        parts = path.relative_to(place).parts
        if parts[:2] == ("botocore", "data") and parts[2:3]:
            if path.parent.name == "data" or parts[2] in _SERVICES:
                yield "/".join(parts), path
        elif parts[0] not in _LEFT_OUT and parts[-1] not in (".lock", "RECORD"):
            yield "/".join(parts), path


def _zipped(target: Path, files: Iterator[tuple[str, Path]]) -> Path:
    wanted = sorted((n, p) for n, p in files if p.is_file() and "__pycache__" not in p.parts)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as held:
        for name, path in wanted:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _FILE
            held.writestr(entry, path.read_bytes())
    return target
