"""What `weft.ports.workflows` promises."""

from dataclasses import replace
from typing import Any

import pytest

from weft.domain.errors import Conflict, Invalid, NotFound
from weft.domain.page import PageRequest
from weft.domain.workflow import WEBHOOK, PublishedVersion, TriggerBinding
from weft.ports.workflows import Standing


def version(tenant: str = "a", number: int = 1, **changes: Any) -> PublishedVersion:
    held: dict[str, Any] = {
        "tenant_id": tenant,
        "workflow_id": "w",
        "version": number,
        "revision": 1,
        "graph": {"nodes": [{"id": "n", "config": {"credential": "cred-1"}}]},
        "definition": {"StartAt": "x"},
        "source_map": {"states": {}},
        "manifest": {},
        "hash": "h",
        "machine_id": "m",
        "created_at": 1,
        "created_by": "u",
    }
    return PublishedVersion(**{**held, **changes})


def test_a_workflow_comes_back_as_it_went_in(store: Any, workflow: Any) -> None:
    made = workflow(graph={"nodes": [{"big": 2**70, "odd": "\ud800"}]}, active=True)
    store.workflows.add(made)
    assert store.workflows.get("a", "w") == made
    assert store.workflows.standing("a", "w") == Standing(None, active=True, archived=False)


def test_adding_a_workflow_twice_is_a_conflict(store: Any, workflow: Any) -> None:
    store.workflows.add(workflow())
    with pytest.raises(Conflict):
        store.workflows.add(workflow())


def test_another_tenant_cannot_see_or_save_it(store: Any, workflow: Any) -> None:
    store.workflows.add(workflow())
    store.workflows.add_version(version())
    with pytest.raises(NotFound):
        store.workflows.get("b", "w")
    with pytest.raises(NotFound):
        store.workflows.standing("b", "w")
    with pytest.raises(NotFound):
        store.workflows.save(workflow("b", name="Stolen"), 1)
    with pytest.raises(NotFound):
        store.workflows.get_version("b", "w", 1)
    assert store.workflows.list("b", PageRequest()).items == ()
    assert store.workflows.list_versions("b", "w") == []
    assert store.workflows.naming_credential("b", "cred-1") == []
    assert store.workflows.get("a", "w").name == "Orders"


def test_a_save_from_an_old_revision_is_a_conflict(store: Any, workflow: Any) -> None:
    store.workflows.add(workflow())
    store.workflows.save(workflow(name="Second", revision=2), 1)
    with pytest.raises(Conflict, match="revision 2"):
        store.workflows.save(workflow(name="Lost", revision=2), 1)
    assert store.workflows.get("a", "w").name == "Second"


def test_pages_follow_each_other_without_gap_or_repetition(store: Any, workflow: Any) -> None:
    for n in range(7):
        store.workflows.add(workflow(id=f"w{n}", updated_at=n // 2))
    seen: list[str] = []
    cursor = None
    while True:
        page = store.workflows.list("a", PageRequest(cursor, 3))
        seen += [item.workflow_id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["w6", "w5", "w4", "w3", "w2", "w1", "w0"]


@pytest.mark.parametrize("cursor", ["", "!", "bnVsbA", "WzEsMl0", "WyJhIiwiYiJd"])
def test_a_cursor_of_another_make_is_refused(store: Any, cursor: str) -> None:
    with pytest.raises(Invalid):
        store.workflows.list("a", PageRequest(cursor))


def test_search_and_archive_narrow_the_list(store: Any, workflow: Any) -> None:
    store.workflows.add(workflow(id="1", name="Pay 100%"))
    store.workflows.add(workflow(id="2", name="Ship"))
    store.workflows.add(workflow(id="3", name="Old", archived=True))

    def found(**by: Any) -> list[str]:
        return [w.workflow_id for w in store.workflows.list("a", PageRequest(), **by).items]

    assert found(search="100%") == ["1"]
    assert found(search="SHIP") == ["2"]
    assert found(search="_") == []
    assert found(archived=True) == ["3"]


def test_a_version_comes_back_and_never_changes(store: Any, workflow: Any) -> None:
    store.workflows.add(workflow())
    store.workflows.add_version(version())
    with pytest.raises(Conflict):
        store.workflows.add_version(version(hash="other"))
    assert store.workflows.get_version("a", "w", 1) == version()
    store.workflows.add_version(version(number=2))
    assert [v.version for v in store.workflows.list_versions("a", "w")] == [2, 1]


def test_hooks_are_found_by_workflow_and_go_with_the_bindings(store: Any) -> None:
    hook = TriggerBinding("a", "w", 1, "h", WEBHOOK, "orders", {"method": "POST"})
    clock = TriggerBinding("a", "w", 1, "s", "schedule_trigger")
    store.workflows.set_triggers("a", "w", [hook, clock])
    assert store.workflows.find_webhooks("w") == [hook]
    assert store.workflows.list_triggers("schedule_trigger") == [clock]
    store.workflows.set_triggers("b", "w", [])
    assert store.workflows.find_webhooks("w") == [hook]
    store.workflows.set_triggers("a", "w", [])
    assert store.workflows.find_webhooks("w") == []


def test_active_workflows_that_name_a_credential_are_found(store: Any, workflow: Any) -> None:
    store.workflows.add(workflow(active=True, published_version=1))
    store.workflows.add_version(version())
    assert store.workflows.naming_credential("a", "cred-1") == ["Orders"]
    assert store.workflows.naming_credential("a", "cred") == []
    stored = store.workflows.get("a", "w")
    store.workflows.save(replace(stored, active=False), 1)
    assert store.workflows.naming_credential("a", "cred-1") == []


def test_a_failed_transaction_leaves_nothing(store: Any, workflow: Any) -> None:
    store.workflows.add(workflow(id="x"))
    with pytest.raises(Conflict), store.transaction():
        store.workflows.add(workflow(id="y"))
        with store.transaction():
            store.workflows.add(workflow(id="x"))
    with pytest.raises(NotFound):
        store.workflows.get("a", "y")
    store.workflows.add(workflow(id="y"))
