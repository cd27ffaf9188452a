"""The history as GetExecutionHistory gives it: without what happened inside Map Runs.

On AWS the children of a Map Run are executions with histories of their own; here their events are
kept with the run around them, which shows a run whole.
"""

from collections.abc import Iterable
from dataclasses import replace

from weft.engine.events import HistoryEvent


def own_history(events: Iterable[HistoryEvent]) -> list[HistoryEvent]:
    """The events of the execution itself, numbered anew from 1; `events` is its whole history."""
    map_runs: set[str] = set()
    numbers = {0: 0}
    own: list[HistoryEvent] = []
    for event in events:
        if map_runs and any(name in map_runs for name, _ in event.path):
            numbers[event.id] = numbers.get(event.previous_event_id, 0)
            continue
        if event.type == "MapRunStarted":
            map_runs.add(event.details["name"])
        # The first state follows nothing.
        numbers[event.id] = 0 if event.type == "ExecutionStarted" else len(own) + 1
        before = numbers.get(event.previous_event_id, 0)
        own.append(replace(event, id=len(own) + 1, previous_event_id=before))
    return own
