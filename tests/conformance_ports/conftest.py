"""Every implementation of a store port runs the same sentences; add one to the parameters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_server import moto_server, new_store
from tests.support.ministack import SCRIPT, ministack

from weft.adapters.aws.place import Place
from weft.adapters.embedded.store import SqliteStore
from weft.domain.workflow import Workflow


@pytest.fixture(scope="session")
def moto() -> Iterator[Place]:
    with moto_server() as place:
        yield place


@pytest.fixture(scope="session")
def second_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if not SCRIPT.exists():
        pytest.skip("`make emulator` installs MiniStack")
    with ministack(tmp_path_factory.mktemp("ministack")) as place:
        yield place


@pytest.fixture(params=["sqlite", "moto", "ministack"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param != "sqlite":
        name = "moto" if request.param == "moto" else "second_emulator"
        yield new_store(request.getfixturevalue(name))
        return
    made = SqliteStore(tmp_path / "weft.sqlite")
    yield made
    made.close()


def _workflow(tenant: str = "a", id: str = "w", **changes: Any) -> Workflow:
    held: dict[str, Any] = {
        "tenant_id": tenant,
        "workflow_id": id,
        "name": "Orders",
        "description": "",
        "graph": {"schema": "weft/1", "nodes": []},
        "revision": 1,
        "published_version": None,
        "active": False,
        "archived": False,
        "created_at": 1,
        "updated_at": 1,
        "created_by": "u",
    }
    return Workflow(**{**held, **changes})


@pytest.fixture
def workflow() -> Any:
    return _workflow
