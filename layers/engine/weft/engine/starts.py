"""New executions: checked, given their place in the journal, written with their first states."""

import asyncio
import hashlib
import re
import uuid
from collections.abc import Iterable

from weft.domain.errors import Bug, Invalid, StorageUnavailable, WeftError
from weft.engine.aliases import Aliases
from weft.engine.core import Core
from weft.engine.errors import ExecutionExists, NameInvalid
from weft.engine.journal import ExecutionRow, Journal
from weft.engine.json import MAX_PAYLOAD_BYTES, JsonValue, to_json
from weft.engine.machine import Machine
from weft.engine.machines import Machines
from weft.engine.residents import Residents
from weft.engine.run import Run

# Step Functions: what names of machines and executions must not hold; an Express execution's
# longest time (s).
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff]{1,80}\Z")
EXPRESS_SECONDS = 300


class Starts:
    """Starts executions one by one, or as many as come at the same time in one transaction."""

    def __init__(
        self,
        journal: Journal,
        core: Core,
        machines: Machines,
        aliases: Aliases,
        residents: Residents,
    ) -> None:
        self._journal = journal
        self._core = core
        self._machines = machines
        self._aliases = aliases
        self._residents = residents
        self._next_seq = 1
        self._pending: dict[str, tuple[Run, list[asyncio.Future[None]]]] = {}
        core.on_unwritten = self._take_back

    def open(self) -> None:
        """Count on from what the journal has."""
        [(last,)] = self._journal.read("SELECT coalesce(max(seq), 0) FROM executions")
        self._next_seq = last + 1

    def now(self, machine: str, name: str | None, input: JsonValue, qualifier: str | None) -> str:
        """See `Engine.start`."""
        row, made = self._row(machine, name, input, qualifier)
        if made is None:
            return row.id
        self.launch(self._begun(made, row, input), row.started)
        return row.id

    async def together(
        self, machine: str, name: str | None, input: JsonValue, qualifier: str | None
    ) -> str:
        """See `Engine.start_together`."""
        row, made = self._row(machine, name, input, qualifier)
        if made is not None:
            run = self._begun(made, row, input)
            self._residents.add(run)
            self.arm_deadline(run, row.started)
            self._pending[row.id] = run, []
            self._core.effect(run, lambda: self._written(row.id))
        if row.id in self._pending:
            written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._pending[row.id][1].append(written)
            await written
        return row.id

    def _written(self, execution: str) -> None:
        for asking in self._pending.pop(execution)[1]:
            if not asking.done():  # who asked may have gone
                asking.set_result(None)

    def _take_back(self, error: StorageUnavailable) -> None:
        """The journal has nothing of those that begin: who asked for them may ask again."""
        pending, self._pending = self._pending, {}
        for run, asking in pending.values():
            self._forget(run)
            _refuse(asking, error)

    def broken(self, run: Run) -> None:
        """A bug of ours took the run away: who asked for it must not wait for ever."""
        self._residents.drop(run)
        _, asking = self._pending.pop(run.row.id, (run, ()))
        _refuse(asking, Bug(f"the execution {run.row.id!r} could not be begun"))

    def close(self) -> None:
        """Refuse what was not written."""
        self._take_back(StorageUnavailable("the engine is closing"))

    def _row(
        self, machine: str, name: str | None, input: JsonValue, qualifier: str | None
    ) -> tuple[ExecutionRow, Machine | None]:
        """The execution to be, with its machine; None where it runs already."""
        found = self._machines.newest(machine)
        version, alias = None, None
        if qualifier is not None:
            chosen, alias = self._aliases.route(machine, qualifier)
            version = chosen.number
            found = self._machines.compiled(machine, chosen.revision)
        name = uuid.uuid4().hex if name is None else name
        check_name(name, "execution")
        text = to_json(input)
        if len(text) > MAX_PAYLOAD_BYTES:
            raise Invalid(f"the input is over {MAX_PAYLOAD_BYTES} bytes")
        digest = hashlib.sha256(text).digest()
        execution = f"{machine}:{name}"
        existing = self._existing(execution)
        if existing is not None:
            if existing.status == "RUNNING" and existing.digest == digest:
                return existing, None
            raise ExecutionExists(f"the execution {execution!r} exists already")
        row = ExecutionRow(
            self._next_seq, execution, machine, name, digest, "RUNNING", self._core.now(),
            revision=found.revision, version=version, alias=alias,
        )  # fmt: skip
        return row, found

    def _existing(self, execution: str) -> ExecutionRow | None:
        if execution in self._pending:
            return self._pending[execution][0].row
        return self._journal.execution("id", execution)

    def _begun(self, machine: Machine, row: ExecutionRow, input: JsonValue) -> Run:
        run = Run(row, machine, lambda: input)
        root = run.add_frame(machine.block, input)
        run.touched = True
        details = {"input": input, "stateMachine": machine.id}
        run.emit(root, "ExecutionStarted", row.started, details)
        root.previous = 0  # as Step Functions counts: the first state follows nothing
        self._core.ready(root)
        self._next_seq += 1
        return run

    def launch(self, run: Run, since: float) -> None:
        """Run what is ready and write it. Raises StorageUnavailable; then the run is not begun."""
        self._residents.add(run)
        self.arm_deadline(run, since)
        try:
            if self._core.stalled is None:
                self._core.run_ready()
            self._core.flush()
        except StorageUnavailable:
            self._forget(run)
            raise

    def _forget(self, run: Run) -> None:
        self._core.forget(run)
        self._residents.drop(run)

    def arm_deadline(self, run: Run, since: float) -> None:
        """Let the execution end when its whole time is over."""
        seconds = run.machine.timeout
        if run.machine.kind == "EXPRESS":
            seconds = min(seconds or EXPRESS_SECONDS, EXPRESS_SECONDS)
        if seconds is not None:
            self._core.arm_at(since + seconds, run.row.seq, 0)


def _refuse(asking: Iterable[asyncio.Future[None]], error: WeftError) -> None:
    for one in asking:
        if not one.done():
            one.set_exception(error)


def check_name(name: str, what: str) -> None:
    """Raise NameInvalid for what Step Functions would not take."""
    if not _NAME.match(name):
        raise NameInvalid(
            f"a name of a {what} has 1 to 80 characters, no blank and few signs: not {name!r}"
        )
