"""Open runs in memory; those that only wait are read back from the journal when woken."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weft.engine.journal import Journal
from weft.engine.machines import Machines
from weft.engine.redrive import last_event_id
from weft.engine.run import ENTER, FORK, WORK, Run, restore

if TYPE_CHECKING:
    from weft.engine.core import Core


@dataclass(frozen=True, slots=True)
class Settings:
    """How many waiting runs stay in memory; more are read back from the journal when woken."""

    resident_runs: int = 256
    resident_frames: int = 64  # a run with more frames stays in memory


class Residents:
    """The runs in memory, by `seq`. Methods may raise StorageUnavailable."""

    def __init__(
        self, journal: Journal, machines: Machines, core: "Core", settings: Settings
    ) -> None:
        self._journal = journal
        self._machines = machines
        self._core = core
        self._settings = settings
        self._runs: dict[int, Run] = {}
        self._waiting: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._runs)

    def add(self, run: Run) -> None:
        """A run that has just begun or goes on again."""
        self._runs[run.row.seq] = run

    def drop(self, run: Run) -> None:
        """The run has ended, or is left as the journal has it."""
        self._runs.pop(run.row.seq, None)
        self._waiting.pop(run.row.seq, None)

    def load(self, seq: int) -> Run | None:
        """The open run, read back from the journal if it is not in memory."""
        run = self._runs.get(seq)
        if run is not None:
            return run
        row = self._journal.execution("seq", seq)
        if row is None or row.status != "RUNNING":
            return None
        machine = self._machines.compiled(row.machine, row.revision)
        saved = self._journal.frames_of(seq)
        first = self._journal.first_event
        run = restore(row, machine, lambda: first(seq).details["input"], saved)
        run.last_id = last_event_id(self._journal, seq)
        run.items = self._journal.items_of(seq)
        self._runs[seq] = run
        for frame in list(run.frames.values()):
            if frame.phase == FORK:
                frame.definition.resume(self._core, frame)
        return run

    def settle(self, touched: set[Run]) -> None:
        """Keep only so many waiting runs in memory."""
        for run in touched:
            if not run.open:
                continue
            idle = len(run.frames) <= self._settings.resident_frames and all(
                f.phase not in (ENTER, WORK) and f.call is None for f in run.frames.values()
            )
            self._waiting.pop(run.row.seq, None)
            if idle:
                self._waiting[run.row.seq] = None
        while len(self._waiting) > self._settings.resident_runs:
            seq, _ = self._waiting.popitem(last=False)
            oldest = self._runs.get(seq)
            if oldest is not None and not self._core.is_touched(oldest):
                del self._runs[seq]
