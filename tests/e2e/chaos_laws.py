"""What must hold of an execution, whatever was done to the server while it ran."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.chaos_functions import Arrival

Event = Mapping[str, Any]

TERMINAL = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted",
                      "ExecutionTimedOut"})  # fmt: skip


@dataclass
class Watched:
    """An execution whose start was acknowledged. `begun` is monotonic, in s."""

    arn: str
    machine: str
    name: str
    begun: float
    seen: list[Event] = field(default_factory=list)  # the longest history that was read
    finished: dict[str, int] = field(default_factory=dict)  # key: arrivals when seen finished
    stopped: int | None = None  # arrivals when a stop was acknowledged

    def look(self, history: Sequence[Event], arrivals: int) -> None:
        """Takes a history that was read before so many calls had arrived.

        Raises `AssertionError` when it is not what came after the one seen before.
        """
        assert list(history[: len(self.seen)]) == self.seen, f"{self.name}: history was rewritten"
        self.seen = list(history)
        for event in history:
            if event["type"] == "TaskSucceeded":
                told = json.loads(event["taskSucceededEventDetails"]["output"])
                key = told.get("Payload", told).get("key")
                if key is not None:  # a nested run has none
                    self.finished.setdefault(key, arrivals)


def check_history(name: str, events: Sequence[Event]) -> None:
    """No gaps, no loose ends, exactly one end."""
    assert [e["id"] for e in events] == list(range(1, len(events) + 1)), f"{name}: ids have gaps"
    for event in events:
        before = event["previousEventId"]
        assert 0 <= before < event["id"], f"{name}: event {event['id']} follows {before}"
        assert before > 0 or event["id"] == 1 or event["type"].endswith("StateEntered"), (
            f"{name}: event {event['id']} ({event['type']}) follows nothing"
        )
    ends = [e["id"] for e in events if e["type"] in TERMINAL]
    assert ends == [len(events)], f"{name}: ends at {ends} of {len(events)}"


def check_calls(watched: Watched, arrivals: Sequence[Arrival], answered: Mapping[str, int]) -> int:
    """Finished work is never done again, repeated calls are the same calls; how many there were.

    `answered` has, by key of an accepted answer, how many calls had arrived then.
    """
    name = watched.name
    mine = list(_calls_of(name, arrivals))
    for place, arrival in mine:
        done = watched.finished.get(arrival.key)
        assert done is None or place < done, f"{arrival.key} was called after it had finished"
        accepted = answered.get(arrival.key)
        assert accepted is None or place < accepted, f"{arrival.key}: an accepted answer was lost"
        # What a stopped execution waits for is stopped with it.
        assert watched.stopped is None or place < watched.stopped, (
            f"{arrival.key} was called after the stop"
        )
    drawn: dict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    for _, arrival in mine:
        drawn[arrival.key, arrival.tries].add((arrival.drawn, arrival.token))
    for (key, tries), found in drawn.items():
        assert len(found) == 1, f"{key}, try {tries}: a repeated call was another call"
    _check_order(mine)
    return len(mine) - len(drawn)


def _calls_of(name: str, arrivals: Sequence[Arrival]) -> Iterator[tuple[int, Arrival]]:
    return ((i, a) for i, a in enumerate(tuple(arrivals)) if a.key.startswith(f"{name}/"))


def _check_order(mine: list[tuple[int, Arrival]]) -> None:
    """What follows a call is called after it had finished, so the first must not come again."""
    last: dict[str, int] = {}
    first: dict[str, int] = {}
    for place, arrival in mine:
        last[arrival.key] = place
        first.setdefault(arrival.key, place)
    for one, other in (("First", "Second"), ("One", "Two"), ("Ask", "Then")):
        for key, place in last.items():
            after = first.get(key.removesuffix(one) + other) if key.endswith(one) else None
            assert after is None or place < after, f"{key} was called again after what follows it"
