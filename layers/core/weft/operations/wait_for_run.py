"""Wait until a run has ended: for webhook callers that want the answer, and for the terminal."""

import asyncio

from weft.domain.caller import Caller
from weft.domain.run import Run
from weft.operations.get_run import get_run
from weft.operations.platform import Platform
from weft.ports.event_bus import Lagging


async def wait_for_run(
    platform: Platform, caller: Caller, run_id: str, *, timeout_seconds: float
) -> Run:
    """The run as it is when it has ended, or when the time is up. Raises `NotFound`."""
    subscription = platform.bus.subscribe(caller.tenant_id, run_id)
    try:
        # Subscribed before reading, so that an end in between is not missed.
        if not (await get_run(platform, caller, run_id)).status.ended:
            async with asyncio.timeout(timeout_seconds):
                async for event in subscription:
                    if event.type.ends_run:
                        break
    except (TimeoutError, Lagging):
        pass  # the stored run below is the truth either way
    finally:
        subscription.close()
    return await get_run(platform, caller, run_id)
