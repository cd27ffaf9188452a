"""The embedded engine's public face: machines, executions, task tokens, history."""

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from weft.domain.errors import StorageUnavailable
from weft.engine.activities import Activities
from weft.engine.aliases import Aliases
from weft.engine.attempts import Invoke
from weft.engine.clock import Clock, RealClock
from weft.engine.core import Core, OnEvents
from weft.engine.errors import ExecutionNotFound
from weft.engine.events import HistoryEvent
from weft.engine.execution import Execution
from weft.engine.inside import InsideCalls
from weft.engine.journal import ExecutionRow, Journal
from weft.engine.json import JsonValue, from_json, to_json
from weft.engine.jsonata import Jsonata
from weft.engine.machines import Machines
from weft.engine.map_runs import MapRuns
from weft.engine.names import PLAIN_NAMES, Names
from weft.engine.nested import NestedRuns
from weft.engine.redrive import forget_old, go_on, revive, why_not
from weft.engine.residents import Residents, Settings
from weft.engine.run import ENTER, FORK, TASK, WORK, Run
from weft.engine.starts import Starts, check_name
from weft.engine.tags import Tags
from weft.engine.tokens import TaskTokens
from weft.engine.versions import Versions


class Engine:
    """Runs state machines durably. Everything but open, close and wait is synchronous and quick.

    All methods belong to the event loop in which `open` was called. Every method may raise
    StorageUnavailable; then nothing of the request has happened.
    """

    def __init__(
        self,
        folder_or_journal: Path | Journal,
        *,
        invoke: Invoke,
        jsonata: Jsonata,
        clock: Clock | None = None,
        on_events: OnEvents | None = None,
        settings: Settings | None = None,
        names: Names | None = None,
    ) -> None:
        given, timed = folder_or_journal, clock or RealClock()
        self._journal = given if isinstance(given, Journal) else Journal(given)
        self.names = names or PLAIN_NAMES
        self.machines = Machines(self._journal, jsonata, timed, self.names)
        self.versions = Versions(self._journal, self.machines, timed)
        self.aliases = Aliases(self._journal, self.versions, timed)
        self.tags = Tags(self._journal)
        self._core = Core(self._journal, timed, invoke, on_events)
        self._residents = Residents(
            self._journal, self.machines, self._core, settings or Settings()
        )
        self._tokens = TaskTokens(self._journal, self._core, self._residents.load)
        self._core.load = self._residents.load
        self._core.on_end = self._ended
        self._core.on_broken = lambda run: self._starts.broken(run)
        self._core.settled = self._residents.settle
        self._core.nested = NestedRuns(self, self._core)
        self._core.inside = InsideCalls(self._core, self._tokens.take)
        self.activities = self._core.activities = Activities(self._journal, self._core)
        self.map_runs = MapRuns(self._core, self.history)
        self._waiters: dict[int, list[asyncio.Future[None]]] = {}
        self._starts = Starts(
            self._journal, self._core, self.machines, self.aliases, self._residents
        )

    async def open(self) -> None:
        """Take the lock, check the journal, go on with every open execution.

        Raises JournalLocked when another process has it, JournalCorrupt when it is damaged.
        """
        self._journal.open()
        try:
            self._core.attach()
            self._starts.open()
            forget_old(self._journal, self._core.now())
            for (seq,) in self._journal.read(
                "SELECT seq FROM executions WHERE status = 'RUNNING' ORDER BY seq"
            ):
                self._resume(seq)
            self._core.ask_turn()
        except BaseException:
            self._journal.close()
            raise

    async def close(self) -> None:
        """Stop taking work and let go of handlers; open executions go on at the next `open`."""
        try:
            await self._core.close()
        finally:
            self._starts.close()
            self._journal.close()
            for waiters in self._waiters.values():
                for waiter in waiters:
                    waiter.cancel()

    def create_machine(
        self,
        name: str,
        definition: dict[str, Any],
        kind: str = "STANDARD",
        about: JsonValue = None,
    ) -> str:
        """Check and store a machine; gives its id. The same name and definition again is fine.

        Raises DefinitionInvalid with every problem, MachineExists for another definition.
        `about` is kept beside the definition.
        """
        check_name(name, "machine")
        self.machines.create(name, definition, kind, about)
        return name

    def delete_machine(self, machine: str) -> None:
        """Stop its executions, then forget the machine, its versions and aliases."""
        rows = self._journal.read(
            "SELECT id FROM executions WHERE status = 'RUNNING' AND machine = ?", (machine,)
        )
        for (execution,) in rows:
            self.stop(execution)
        self.machines.delete(machine)
        self.tags.forget(machine)

    def start(
        self, machine: str, name: str | None, input: JsonValue, qualifier: str | None = None
    ) -> str:
        """Start an execution, durable when this returns; gives its id.

        `qualifier` is a version's number or an alias. The same name and input while it runs gives
        the same id. Raises ExecutionExists, MachineNotFound, VersionNotFound, AliasNotFound,
        Invalid for an input over 256 KiB.
        """
        return self._starts.now(machine, name, input, qualifier)

    async def start_together(
        self, machine: str, name: str | None, input: JsonValue, qualifier: str | None = None
    ) -> str:
        """As `start`, with all that begin at the same time in one transaction."""
        return await self._starts.together(machine, name, input, qualifier)

    def redrive(self, execution: str) -> float:
        """Let an execution that did not succeed go on from there; gives when.

        Raises ExecutionNotFound, NotRedrivable.
        """
        row, now = self._row(execution), self._core.now()
        machine = self.machines.compiled(row.machine, row.revision)
        run = revive(self._journal, row, machine, now)
        go_on(self._core, run)
        self._starts.launch(run, now)
        return now

    def redrivable(self, execution: str) -> str | None:
        """Why an execution cannot be redriven; None: it can."""
        row = self._row(execution)
        kind = self.machines.compiled(row.machine, row.revision).kind
        return why_not(self._journal, row, kind, self._core.now())

    def stop(self, execution: str, error: str | None = None, cause: str | None = None) -> None:
        """Abort a running execution; one that has ended stays as it is."""
        row = self._row(execution)
        if row.status != "RUNNING":
            return
        stopping = to_json({"error": error, "cause": cause})
        self._journal.write("UPDATE executions SET stopping = ? WHERE seq = ?", (stopping, row.seq))
        run = self._residents.load(row.seq)
        if run is not None and run.open:
            run.row.stopping = stopping
            self._core.end(run, "ABORTED", {"error": error, "cause": cause})
            # The wish to stop is durable already: the next turn, or the next start, repeats this.
            with contextlib.suppress(StorageUnavailable):
                self._core.flush()

    def describe(self, execution: str) -> Execution:
        """The execution as it stands. Raises ExecutionNotFound."""
        row = self._row(execution)
        input = self._journal.first_event(row.seq).details["input"]
        output = None
        if row.status == "SUCCEEDED":
            output = self._journal.last_event(row.seq).details["output"]
        return Execution(
            row.id, row.machine, row.name, row.status, row.started, row.stopped,
            input, output, row.error, row.cause,
            row.revision, row.version, row.alias, row.redrives, row.redriven,
        )  # fmt: skip

    def history(self, execution: str, after: int = 0) -> list[HistoryEvent]:
        """Durable events with an id over `after`, in order."""
        return list(self._journal.events_after(self._row(execution).seq, after))

    def histories(self, executions: Iterable[str]) -> list[tuple[str, HistoryEvent]]:
        """`(execution, event)` of those executions that there are, in the order they were told."""
        rows = filter(None, (self._journal.execution("id", name) for name in executions))
        names = {row.seq: row.id for row in rows}
        return [(names[seq], event) for seq, event in self._journal.events_of(names)]

    def list_executions(
        self, *, open_only: bool = False, machine: str | None = None, limit: int = 1000
    ) -> list[str]:
        """Ids of executions, newest first."""
        rows = self.rows(machine=machine, status="RUNNING" if open_only else None, limit=limit)
        return [row.id for row in rows]

    def rows(
        self,
        *,
        machine: str | None = None,
        status: str | None = None,
        version: int | None = None,
        alias: str | None = None,
        before: int | None = None,
        limit: int = 1000,
    ) -> list[ExecutionRow]:
        """Executions without their values, newest first, from under the `seq` of one on."""
        sql = (
            "SELECT * FROM executions WHERE coalesce(?, status) = status"
            " AND coalesce(?, machine) = machine AND coalesce(?, version) IS version"
            " AND coalesce(?, alias) IS alias AND seq < coalesce(?, seq + 1)"
            " ORDER BY seq DESC LIMIT ?"
        )
        found = self._journal.read(sql, (status, machine, version, alias, before, limit))
        return [ExecutionRow(*row) for row in found]

    async def wait(self, execution: str) -> Execution:
        """Wait until the execution has ended; describes it."""
        row = self._row(execution)
        if row.status == "RUNNING":
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.setdefault(row.seq, []).append(waiter)
            await waiter
        return self.describe(execution)

    def send_task_success(self, token: str, output: JsonValue) -> None:
        """Answer a task token. Raises TaskTokenInvalid, TaskTimedOut, Invalid if too large."""
        self._tokens.succeed(token, output)

    def send_task_failure(
        self, token: str, error: str | None = None, cause: str | None = None
    ) -> None:
        """Fail the task of a token. Raises TaskTokenInvalid, TaskTimedOut, Invalid if too long."""
        self._tokens.fail(token, error, cause)

    def send_task_heartbeat(self, token: str) -> None:
        """The task of a token is alive. Raises TaskTokenInvalid, TaskTimedOut."""
        self._tokens.beat(token)

    def resident_runs(self) -> int:
        """How many open runs are in memory; the rest wait in the journal."""
        return len(self._residents)

    def kind(self, machine: str) -> str:
        """STANDARD or EXPRESS. Raises MachineNotFound."""
        return self.machines.newest(machine).kind

    def _row(self, execution: str) -> ExecutionRow:
        row = self._journal.execution("id", execution)
        if row is None:
            raise ExecutionNotFound(f"there is no execution {execution!r}")
        return row

    def _resume(self, seq: int) -> None:
        run = self._residents.load(seq)
        assert run is not None
        # All of its time again: how long nothing ran is not the run's doing, and not journalled.
        self._starts.arm_deadline(run, self._core.now())
        if run.row.stopping is not None:
            self._core.end(run, "ABORTED", from_json(run.row.stopping))
            return
        answers = self._tokens.answers(seq)
        for frame in list(run.frames.values()):
            token = frame.wait.get("token")
            if frame.phase in (ENTER, WORK):
                self._core.ready(frame)
            elif frame.phase == TASK and token is not None and token in answers:
                self._tokens.apply(frame, token, answers[token])
            elif frame.phase != FORK:
                frame.definition.resume(self._core, frame)
        self._residents.settle({run})

    def _ended(self, run: Run) -> None:
        self._residents.drop(run)
        for waiter in self._waiters.pop(run.row.seq, []):
            if not waiter.done():
                waiter.set_result(None)
        self._core.nested.ended(run)
