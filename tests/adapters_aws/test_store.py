"""What a table adds to the promises of the store: rivals, sizes, limits, and who may see a key."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from weft.adapters.aws.blobs import Blobs
from weft.adapters.aws.bodies import MAX_INLINE
from weft.adapters.aws.place import Place
from weft.adapters.aws.row import Row, row_of
from weft.adapters.aws.store import DynamoStore
from weft.adapters.aws.unit import Entry, Unit
from weft.domain.access import ApiKey, Session, SignInLink, Tenant, User
from weft.domain.approval import Approval
from weft.domain.caller import Role, Scope
from weft.domain.credential import Credential
from weft.domain.errors import Conflict, StorageUnavailable
from weft.domain.page import PageRequest
from weft.domain.run import LogLine, Run, RunStatus, Step, StepStatus, Trigger
from weft.domain.run_event import EventType, RunEvent
from weft.domain.workflow import WEBHOOK, PublishedVersion, TriggerBinding, Workflow
from weft.ports.runs import RunFilter

RIVALS = 3


def run_of(id: str = "r", **changes: Any) -> Run:
    made = Run("a", id, "w", 1, RunStatus.PENDING, Trigger(), "u", 1)
    return replace(made, **changes)


def workflow_of(id: str = "w", **changes: Any) -> Workflow:
    made = Workflow("a", id, "Orders", "", {"nodes": []}, 1, None, False, False, 1, 1, "u")
    return replace(made, **changes)


def approval_of(id: str) -> Approval:
    return Approval("a", id, "r", "w", "n", "", "Sure?", "", "secret", 1)


def at_once(made: Any, work: Any) -> list[Any]:
    """What each of several processes came to."""
    with ThreadPoolExecutor(RIVALS) as threads:
        return list(threads.map(lambda n: work(made.store(), n), range(RIVALS)))


def test_one_of_many_rivals_admits_a_run(made: Any) -> None:
    made.store().runs.add(run_of())
    admitted = run_of(status=RunStatus.RUNNING)
    won = at_once(made, lambda store, n: store.runs.change(admitted, RunStatus.PENDING))
    assert sorted(won) == [False] * (RIVALS - 1) + [True]
    assert made.store().runs.count("a", "w").active == 1


def test_one_of_many_rivals_rotates_a_session(made: Any) -> None:
    session = Session("a", "s", "u", "now", 1, 100)
    made.store().directory.add_session(session)

    def rotate(store: DynamoStore, n: int) -> bool:
        next_one = replace(session, refresh_hash=f"next-{n}", previous_hash="now")
        return store.directory.rotate_session(next_one, "now")

    won = at_once(made, rotate)
    store = made.store()
    found = store.directory.find_session("now")
    assert won.count(True) == 1
    assert found is not None
    assert found.refresh_hash == f"next-{won.index(True)}"
    lost = [n for n in range(RIVALS) if not won[n]]
    assert [store.directory.find_session(f"next-{n}") for n in lost] == [None] * len(lost)


def test_notes_of_rivals_are_both_kept(made: Any) -> None:
    made.store().runs.add(run_of())

    def note(store: DynamoStore, n: int) -> None:
        if n == 1:
            store.runs.set_execution("a", "r", "m:r")
        else:
            store.runs.request_cancel("a", "r", "enough")

    at_once(made, note)
    found = made.store().runs.get("a", "r")
    assert (found.execution_id, found.cancel_reason) == ("m:r", "enough")


def test_a_name_is_given_to_one_of_many_rivals(made: Any) -> None:
    def add(store: DynamoStore, n: int) -> bool:
        try:
            store.credentials.add(Credential("a", str(n), "Mail", "smtp", (), 1, "u"), b"")
        except Conflict:
            return False
        return True

    assert at_once(made, add).count(True) == 1
    assert len(made.store().credentials.list("a")) == 1


def test_a_transaction_that_somebody_came_between_is_undone(made: Any) -> None:
    mine, theirs = made.store(), made.store()
    mine.workflows.add(workflow_of())
    with pytest.raises(StorageUnavailable), mine.transaction():
        mine.workflows.save(workflow_of(name="Mine", revision=2), 1)
        mine.workflows.add(workflow_of("x"))
        theirs.workflows.save(workflow_of(name="Theirs", revision=2), 1)
    assert [w.name for w in theirs.workflows.list("a", PageRequest()).items] == ["Theirs"]


def test_a_write_whose_answer_was_lost_is_known_as_ones_own(made: Any) -> None:
    row = row_of(made.place, made.table)

    class Twice(row):  # type: ignore[misc, valid-type]
        """As an SDK that hears nothing the first time."""

        def save(self, condition: Any = None, **more: Any) -> Any:
            super().save(condition, **more)
            return super().save(condition, **more)

    table = made.over(Twice)

    def once(unit: Unit) -> bool:
        if unit.get(("T#a", "x")) is not None:
            raise Conflict("it is there already")
        unit.put(Entry(("T#a", "x"), 1))
        return True

    assert table.write(once) is True
    assert table.get(("T#a", "x")) == 1


def test_a_transaction_of_more_items_than_one_may_have_is_written(made: Any) -> None:
    table = made.over(row_of(made.place, made.table))
    entries = [Entry(("T#a", f"N#{n:03d}"), n) for n in range(230)]
    table.write(lambda unit: [unit.append(entry) for entry in entries])
    assert [value for _, value in table.under("T#a", "N#")] == list(range(230))


def test_of_such_a_transaction_what_was_written_first_comes_last(made: Any) -> None:
    row = row_of(made.place, made.table)
    table = made.over(row)

    def change(unit: Unit) -> None:
        unit.put(Entry(("T#a", "root"), "done"))
        for n in range(150):
            unit.append(Entry(("T#a", f"{n:03d}"), n))
        made.over(row).write(lambda rival: rival.put(Entry(("T#a", "root"), "theirs")))

    with pytest.raises(StorageUnavailable), table.transaction():
        table.write(change)
    assert table.get(("T#a", "149")) == 149
    assert table.get(("T#a", "root")) == "theirs"


def test_what_no_item_may_hold_comes_back_whole(made: Any) -> None:
    store = made.store()
    big = "x" * (MAX_INLINE * 3)
    store.runs.add(run_of(trigger=Trigger(data=big)))
    ended = run_of(status=RunStatus.COMPLETED, output=[big, big])
    store.runs.save_progress(ended, (), (), ())
    found = store.runs.get("a", "r")
    assert (found.trigger.data, found.output) == (big, [big, big])
    store.workflows.add(workflow_of(graph={"nodes": [big]}))
    assert store.workflows.get("a", "w").graph == {"nodes": [big]}
    assert [run.run_id for run in store.runs.list("a", PageRequest(), RunFilter()).items] == ["r"]


def test_a_projection_of_thousands_is_one_write(made: Any) -> None:
    store, many = made.store(), 3_000
    store.runs.add(run_of())
    value = "x" * 500
    steps = [Step("a", "r", "n", str(n), n, StepStatus.SUCCESS, output=value) for n in range(many)]
    events = [
        RunEvent("a", "r", n, EventType.STEP_COMPLETED, n, "n", str(n), {"output": value})
        for n in range(1, many + 1)
    ]
    logs = [LogLine("a", "r", n, "n", "", "info", value, n) for n in range(1, many + 1)]
    store.runs.save_progress(run_of(last_seq=many), steps, events, logs)
    assert store.runs.list_steps("a", "r") == steps
    assert store.runs.list_events("a", "r", 2_990, 100) == events[2_990:]
    assert store.runs.list_logs("a", "r", PageRequest(limit=3)).items == tuple(logs[:3])


@pytest.mark.parametrize("cuts", [(3, 7), (1, 2, 3, 7), (7,), (5, 7)])
def test_batches_of_any_length_are_the_same_events(made: Any, cuts: tuple[int, ...]) -> None:
    """Read again from the host, a run's history is cut at other places."""
    store = made.store()
    store.runs.add(run_of())
    events = [RunEvent("a", "r", n, EventType.LOG, n) for n in range(1, 8)]
    for until in (2, 4):
        store.runs.save_progress(run_of(last_seq=until), (), events[:until], ())
    begin = 0
    for until in cuts:
        store.runs.save_progress(run_of(last_seq=until), (), events[begin:until], ())
        begin = until
    assert store.runs.list_events("a", "r", 0, 100) == events
    assert store.runs.list_events("a", "r", 3, 2) == events[3:5]


def test_every_key_of_a_tenants_data_begins_with_the_tenant(made: Any) -> None:
    """So that a role may be bound to it (`dynamodb:LeadingKeys`). Look-ups that know no tenant yet
    hold nothing but who owns what is looked for; a hook's holds the hook."""
    store = made.store()
    store.directory.add_tenant(Tenant("a", "Acme", 1), User("a", "u", "", "", Role.OWNER, 1))
    scopes = frozenset({Scope.RUNS_READ})
    store.directory.add_key(ApiKey("a", "k", "u", "ci", "p", "h", scopes, Role.ADMIN, 1))
    store.directory.add_session(Session("a", "s", "u", "now", 1, 100))
    store.directory.add_link(SignInLink("a", "u", "link", 1, 10))
    store.credentials.add(Credential("a", "c", "Mail", "smtp", (), 1, "u"), b"sealed")
    store.workflows.add(workflow_of())
    store.workflows.add_version(
        PublishedVersion("a", "w", 1, 1, {"nodes": []}, {}, {}, {}, "h", "m", 1, "u")
    )
    store.workflows.set_triggers("a", "w", [TriggerBinding("a", "w", 1, "t", WEBHOOK)])
    store.runs.add(run_of())
    event = RunEvent("a", "r", 1, EventType.RUN_STARTED, 1)
    line = LogLine("a", "r", 1, "n", "", "info", "m", 1)
    step = Step("a", "r", "n", "", 0, StepStatus.SUCCESS)
    store.runs.save_progress(run_of(), [step], [event], [line])
    store.approvals.add(approval_of("p"))
    rows = _rows(made)
    strangers = [row for row in rows if row.pk != "T#a" and not row.pk.startswith("T#a#")]
    kinds = {row.pk.split("#")[0] for row in strangers}
    assert kinds == {"HASH", "HOOK", "RUN"}
    assert len(rows) - len(strangers) > 10
    bodies = [str(row.body) for row in strangers]
    assert all('"a"' in body for body in bodies)


def test_sessions_and_links_go_by_themselves_and_nothing_else_does(made: Any) -> None:
    store = made.store()
    store.directory.add_session(Session("a", "s", "u", "now", 1, 100_000))
    store.directory.add_link(SignInLink("a", "u", "link", 1, 100_000))
    store.runs.add(run_of())
    going = {row.pk for row in _rows(made) if row.expires is not None}
    assert going == {"T#a", "HASH#SESSION#now", "HASH#LINK#link"}


def test_no_id_reaches_into_anothers_keys(made: Any) -> None:
    store = made.store()
    store.runs.add(run_of("x#R#r"))
    store.runs.add(replace(run_of("é/ü"), tenant_id="a#R#x"))
    assert store.runs.get("a", "x#R#r").run_id == "x#R#r"
    assert store.runs.get("a#R#x", "é/ü").tenant_id == "a#R#x"
    assert [r.run_id for r in store.runs.list("a", PageRequest(), RunFilter()).items] == ["x#R#r"]


def test_a_table_that_is_not_there_is_storage_that_is_gone(moto: Place) -> None:
    store = DynamoStore(moto, "no-such-table", Blobs(moto, "no-such-bucket"))
    for call in (
        lambda: store.runs.add(run_of()),
        lambda: store.runs.get("a", "r"),
        lambda: store.runs.list("a", PageRequest(), RunFilter()),
        lambda: store.runs.count("a", "w").active,
        lambda: store.runs.list_steps("a", "r"),
    ):
        with pytest.raises(StorageUnavailable):
            call()


def _rows(made: Any) -> list[Row]:
    return list(row_of(made.place, made.table).scan())
