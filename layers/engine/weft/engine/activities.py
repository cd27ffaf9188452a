"""Activities: work that waits in the engine until somebody asks for it.

The queue is no table: it is the open frames that wait to be asked for. Each comes in when its task
is scheduled, or when its run is read back after a restart, and is looked at again when its turn
has come: its run may have ended, or its task may have been tried again.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from weft.engine.errors import ActivityNotFound
from weft.engine.journal import Journal
from weft.engine.json import JsonValue
from weft.engine.run import TASK, Frame

if TYPE_CHECKING:
    from weft.engine.core import Core


class ActivityRecord(NamedTuple):
    """An activity, and when it was created (s since 1970)."""

    id: str
    created: float


class Work(NamedTuple):
    """What a worker is given: what to answer with, and what to work on."""

    token: str
    input: JsonValue


class Activities:
    """By the id that definitions name them by. Methods may raise StorageUnavailable."""

    def __init__(self, journal: Journal, core: "Core") -> None:
        self._journal = journal
        self._core = core
        self._queues: dict[str, deque[tuple[int, int, str]]] = {}  # run, frame, token
        self._idle: dict[str, set[asyncio.Future[None]]] = {}

    def create(self, activity: str) -> ActivityRecord:
        """Make an activity; one that there is stays as it is."""
        self._journal.write(
            "INSERT OR IGNORE INTO activities VALUES (?,?)", (activity, self._core.now())
        )
        return self.record(activity)

    def record(self, activity: str) -> ActivityRecord:
        """The activity. Raises ActivityNotFound."""
        rows = self._journal.read("SELECT id, created FROM activities WHERE id = ?", (activity,))
        if not rows:
            raise ActivityNotFound(f"there is no activity {activity!r}")
        return ActivityRecord(*rows[0])

    def all(self) -> list[ActivityRecord]:
        """Every activity, the newest first."""
        rows = self._journal.read("SELECT id, created FROM activities ORDER BY created DESC, id")
        return [ActivityRecord(*row) for row in rows]

    def delete(self, activity: str) -> None:
        """Forget it; tasks that wait there go on waiting, and find it when it is made again."""
        self._journal.write("DELETE FROM activities WHERE id = ?", (activity,))

    def offer(self, frame: Frame) -> None:
        """The frame's task waits to be asked for."""
        wait = frame.wait
        entry = (frame.run.row.seq, frame.id, wait["token"])
        self._queues.setdefault(wait["call"]["f"], deque()).append(entry)
        for waiter in self._idle.get(wait["call"]["f"], ()):
            if not waiter.done():
                waiter.set_result(None)

    async def take(self, activity: str, worker: str | None, seconds: float) -> Work | None:
        """The oldest task that waits there, once the journal knows that it has begun.

        None when none comes in time. Raises ActivityNotFound.
        """
        self.record(activity)
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (frame := self._next(activity)) is None:
            waiter: asyncio.Future[None] = loop.create_future()
            idle = self._idle.setdefault(activity, set())
            idle.add(waiter)
            try:
                async with asyncio.timeout_at(until):
                    await waiter
            except TimeoutError:
                return None
            finally:
                idle.discard(waiter)
        return await self._begun(frame, worker)

    def _next(self, activity: str) -> Frame | None:
        queue = self._queues.get(activity, deque())
        while queue:
            seq, frame_id, token = queue[0]
            run = self._core.load(seq)
            queue.popleft()
            frame = run.frames.get(frame_id) if run is not None and run.open else None
            if frame is not None and frame.phase == TASK and frame.wait.get("token") == token:
                return frame
        return None

    async def _begun(self, frame: Frame, worker: str | None) -> Work:
        work = Work(frame.wait["token"], frame.wait["call"]["p"])
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        core = self._core
        core.guard(frame, lambda: frame.definition.begun(core, frame, worker))
        core.effect(frame.run, lambda: None if durable.done() else durable.set_result(None))
        core.ask_turn()
        await durable
        return work
