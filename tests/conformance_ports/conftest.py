"""Every implementation of a store port runs the same sentences; add one to the parameters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from weft.adapters.embedded.store import SqliteStore
from weft.domain.workflow import Workflow


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    assert request.param == "sqlite"
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
