"""When frames have to be woken: one alarm of the clock for all of them."""

import heapq
from typing import TYPE_CHECKING

from weft.domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from weft.engine.core import Core


class Alarms:
    """Due times of frames, nearest first; the clock is asked for the nearest only.

    Frame 0 stands for the execution itself, which is then out of time.
    """

    def __init__(self, core: "Core") -> None:
        self._core = core
        self._due: list[tuple[float, int, int, int]] = []  # the second puts equal times in order
        self._count = 0
        self._awake_for: float | None = None

    def add(self, due: float, seq: int, frame_id: int) -> None:
        """Wake a frame of an execution at `due`, seconds since 1970."""
        self._count += 1
        heapq.heappush(self._due, (due, self._count, seq, frame_id))
        self._set()

    def forget(self, seq: int) -> None:
        """Wake nothing of an execution."""
        self._due = [t for t in self._due if t[2] != seq]
        heapq.heapify(self._due)

    def _set(self) -> None:
        if not self._core.attached or self._core.closing or not self._due:
            return
        due = self._due[0][0]
        if self._awake_for is None or due < self._awake_for:
            self._awake_for = due
            self._core.clock.wake_at(due, self._ring)

    def _ring(self) -> None:
        core = self._core
        self._awake_for = None
        now = core.now()
        while self._due and self._due[0][0] <= now and core.stalled is None:
            _, _, seq, frame_id = self._due[0]
            try:
                run = core.load(seq)
            except StorageUnavailable as error:  # nothing is lost: the time stays here
                core.stalled = error
                core.ask_turn_later()
                break
            heapq.heappop(self._due)
            if run is None or not run.open:
                continue
            if frame_id == 0:
                core.end(run, "TIMED_OUT", {})
            elif frame_id in run.frames:
                frame = run.frames[frame_id]
                core.guard(frame, lambda f=frame: f.definition.timer(core, f))  # type: ignore[misc]
        core.ask_turn()
        if core.stalled is not None:
            core.later(self._ring)
        else:
            self._set()
