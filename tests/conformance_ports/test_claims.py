"""What a store of claims keeps, for whom, and until when."""

import stat
import sys
from pathlib import Path

import pytest
from tests.support.aws_server import new_bucket

from weft.adapters.aws.blobs import Blobs
from weft.adapters.aws.claims import S3Claims
from weft.adapters.aws.place import Place
from weft.adapters.embedded.claims import FolderClaims
from weft.domain.errors import StorageUnavailable
from weft.ports.claims import ClaimStore

DIGEST = "d" * 64


def _bucket_of(place: Place) -> S3Claims:
    return S3Claims(Blobs(place, new_bucket(place)))


@pytest.fixture(params=["folder", "s3"])
def claims(request: pytest.FixtureRequest, tmp_path: Path) -> ClaimStore:
    if request.param == "s3":
        return _bucket_of(request.getfixturevalue("moto"))
    return FolderClaims(tmp_path / "claims")


def test_what_was_put_is_got(claims: ClaimStore) -> None:
    claims.put("t", "r", DIGEST, b"\x00\xff")
    assert claims.get("t", "r", DIGEST) == b"\x00\xff"


def test_to_put_it_again_changes_nothing(claims: ClaimStore) -> None:
    claims.put("t", "r", DIGEST, b"x")
    claims.put("t", "r", DIGEST, b"x")
    assert claims.get("t", "r", DIGEST) == b"x"


@pytest.mark.parametrize(("tenant", "run", "digest"), [
    ("u", "r", DIGEST), ("t", "q", DIGEST), ("t", "r", "e" * 64), ("t/r", "", DIGEST),
    ("t", "../t/r", DIGEST), ("..", "r", DIGEST),
])  # fmt: skip
def test_nobody_else_gets_it(claims: ClaimStore, tenant: str, run: str, digest: str) -> None:
    claims.put("t", "r", DIGEST, b"x")
    assert claims.get(tenant, run, digest) is None


def test_a_run_is_forgotten_with_all_it_claimed_and_no_other(claims: ClaimStore) -> None:
    for tenant, run in (("t", "r"), ("t", "q"), ("u", "r")):
        claims.put(tenant, run, DIGEST, b"x")
    claims.forget("t", "r")
    claims.forget("t", "r")
    assert claims.get("t", "r", DIGEST) is None
    assert claims.get("t", "q", DIGEST) == claims.get("u", "r", DIGEST) == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_only_the_owner_may_read_the_files_of_a_folder(tmp_path: Path) -> None:
    FolderClaims(tmp_path / "claims").put("t", "r", DIGEST, b"x")
    found = list((tmp_path / "claims").rglob("*"))
    assert [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in found if path.is_file()] == [0]
    assert stat.S_IMODE((tmp_path / "claims").stat().st_mode) & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_storage_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "claims").write_text("a file where the folder should be")
    with pytest.raises(StorageUnavailable):
        FolderClaims(tmp_path / "claims").put("t", "r", DIGEST, b"x")


def test_a_bucket_that_is_not_there_is_storage_that_is_gone(moto: Place) -> None:
    claims = S3Claims(Blobs(moto, "no-such-bucket"))
    with pytest.raises(StorageUnavailable, match="no-such-bucket"):
        claims.put("t", "r", DIGEST, b"x")
    with pytest.raises(StorageUnavailable, match="no-such-bucket"):
        claims.get("t", "r", DIGEST)
    with pytest.raises(StorageUnavailable, match="no-such-bucket"):
        claims.forget("t", "r")


def test_a_run_with_more_objects_than_one_call_deletes_is_forgotten(moto: Place) -> None:
    claims = _bucket_of(moto)
    for n in range(1_001):
        claims.put("t", "r", f"{n:064d}", b"x")
    claims.forget("t", "r")
    assert [n for n in (0, 999, 1_000) if claims.get("t", "r", f"{n:064d}") is not None] == []
