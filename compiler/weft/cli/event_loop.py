"""The event loop that the server runs on: the fast one where its wheel exists."""

import asyncio
from collections.abc import Callable


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, or None for Python's own (Windows, and platforms without a wheel)."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
