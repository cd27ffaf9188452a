"""A step's own time limit inside a call of several steps; that of a call is its host's matter."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeIsUp(BaseException):
    """No `Exception`, so that no step can take it for one of its own."""


def _ring(signum: int, frame: FrameType | None) -> None:
    raise TimeIsUp


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises `TimeIsUp` in what runs inside for longer than `seconds`.

    Python runs signal handlers in the main thread, where hosts run steps; in another one there is
    no limit. What is stopped may be half done: its process should run nothing more.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """A time limit that passes inside is told at the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
