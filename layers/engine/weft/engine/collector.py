"""How long Python's garbage collector has kept a thread busy: time that is nobody's work."""

import gc
import threading
import time


class _Spent(threading.local):
    """Of one thread, seconds of its own time; the collector runs in whichever makes it run."""

    began = 0.0
    seconds = 0.0


_spent = _Spent()


def collecting_seconds() -> float:
    """Processor time that this thread has spent collecting garbage so far."""
    return _spent.seconds


def _watch(phase: str, _: object) -> None:
    if phase == "start":
        _spent.began = time.thread_time()
    else:
        _spent.seconds += time.thread_time() - _spent.began


gc.callbacks.append(_watch)
