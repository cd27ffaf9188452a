"""An object store in a folder: `<folder>/<bucket>/<key>`, as anybody's files.

It answers what the engine asks of S3, by the names that `Functions` looks handlers up by. A part
of a key that can be no file name is escaped by `%` and two hexadecimal digits for a byte, and `%`
itself is. One key cannot be another's folder: with an object `a` there is no `a/b`.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from weft.engine.errors import ServiceError
from weft.engine.json import JsonValue, to_json
from weft.stepfunctions.functions import Handler

# Amazon S3: bucket naming rules, the longest key (bytes), the most objects of a page.
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
MAX_KEY_BYTES: Final = 1_024
MAX_KEYS: Final = 1_000
# Where objects are written before they have their name; no bucket is called that.
_UNFINISHED: Final = ".unfinished"


class Objects:
    """Buckets in `folder`; the first object that is put makes its bucket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def handlers(self) -> Mapping[str, Handler]:
        """By the service call's name; each raises ServiceError as S3's own errors."""
        calls = {"getObject": self._get, "putObject": self._put, "listObjectsV2": self._list}
        return {f"s3:{action}": _threaded(call) for action, call in calls.items()}

    def _get(self, arguments: dict[str, Any]) -> JsonValue:
        path = self._path(arguments)
        if not path.is_file():
            raise ServiceError("S3.NoSuchKeyException", "The specified key does not exist.")
        body = path.read_bytes()
        return {
            "AcceptRanges": "bytes",
            "Body": body.decode("utf-8", "replace"),
            "ContentLength": len(body),
            "ETag": _etag(body),
            "LastModified": _modified(path),
            "Metadata": {},
        }

    def _put(self, arguments: dict[str, Any]) -> JsonValue:
        """An object that can be read is whole, and it is there after a power failure."""
        body = arguments.get("Body", "")
        content = body.encode("utf-8", "replace") if isinstance(body, str) else to_json(body)
        path = self._path(arguments, make=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / _UNFINISHED
        unfinished.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=unfinished, delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
                _sync_folders(path.parent, self._folder)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise
        return {"ETag": _etag(content)}

    def _list(self, arguments: dict[str, Any]) -> JsonValue:
        prefix, delimiter = arguments.get("Prefix") or "", arguments.get("Delimiter") or ""
        most = min(int(arguments.get("MaxKeys", MAX_KEYS)), MAX_KEYS)
        after = arguments.get("ContinuationToken") or arguments.get("StartAfter") or ""
        bucket = self._bucket(arguments)
        found: dict[str, Path | None] = {}  # a common prefix stands for all that begins with it
        for key, path in sorted(_objects(bucket)):
            rest = key.removeprefix(prefix)
            if not key.startswith(prefix) or key <= after:
                continue
            folder = f"{prefix}{rest.partition(delimiter)[0]}{delimiter}" if delimiter else ""
            if delimiter and delimiter in rest:
                if folder > after:
                    found[folder] = None
            else:
                found[key] = path
        names = list(found)[:most]
        listed = {
            "Contents": [_listed(n, file) for n in names if (file := found[n]) is not None],
            "IsTruncated": len(found) > len(names),
            "KeyCount": len(names),
            "MaxKeys": most,
            "Name": bucket.name,
            "Prefix": prefix,
        }
        if delimiter:
            listed["CommonPrefixes"] = [{"Prefix": n} for n in names if found[n] is None]
        if names and len(found) > len(names):
            listed["NextContinuationToken"] = names[-1]
        return listed

    def _bucket(self, arguments: dict[str, Any], *, make: bool = False) -> Path:
        name: str = arguments["Bucket"]
        if not _BUCKET.match(name):
            raise ServiceError("S3.S3Exception", f"The specified bucket is not valid: {name!r}")
        bucket = self._folder / name
        if not make and not bucket.is_dir():
            raise ServiceError("S3.NoSuchBucketException", "The specified bucket does not exist")
        return bucket

    def _path(self, arguments: dict[str, Any], *, make: bool = False) -> Path:
        key: str = arguments["Key"]
        size = len(key.encode("utf-8", "replace"))
        if not 0 < size <= MAX_KEY_BYTES:
            raise ServiceError(
                "S3.S3Exception", f"A key has 1 to {MAX_KEY_BYTES} bytes, not {size}"
            )
        bucket = self._bucket(arguments, make=make)
        return bucket.joinpath(*(_file_name(part) for part in key.split("/")))


def _threaded(call: Callable[[dict[str, Any]], JsonValue]) -> Handler:
    async def answer(arguments: dict[str, Any], context: object) -> JsonValue:
        try:
            return await asyncio.to_thread(call, arguments)
        except (OSError, TypeError, ValueError) as error:  # what no file can be, or no argument
            raise ServiceError("S3.S3Exception", str(error)) from error

    return answer


def _sync_folders(inner: Path, outer: Path) -> None:
    """Flush the names in folders, from one of them up to one around it."""
    for folder in (inner, *inner.parents):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if folder == outer:
            return


def _file_name(part: str) -> str:
    """`%` alone stands for an empty part."""
    if part in ("", ".", ".."):
        return part.replace(".", "%2E") or "%"
    return part.replace("%", "%25").replace("\0", "%00")


def _key_part(name: str) -> str:
    return "" if name == "%" else unquote(name)


def _objects(bucket: Path) -> Iterator[tuple[str, Path]]:
    for folder, _, names in os.walk(bucket):
        parts = [_key_part(part) for part in Path(folder).relative_to(bucket).parts]
        for name in names:
            yield "/".join([*parts, _key_part(name)]), Path(folder, name)


def _listed(key: str, path: Path) -> JsonValue:
    body = path.read_bytes()
    return {
        "ETag": _etag(body),
        "Key": key,
        "LastModified": _modified(path),
        "Size": len(body),
        "StorageClass": "STANDARD",
    }


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _modified(path: Path) -> str:
    moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
