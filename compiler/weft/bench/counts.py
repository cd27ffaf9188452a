"""What one run took, from the histories of its executions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weft.bench.catalogue import class_of
from weft.compiler.artefact import Artefact
from weft.compiler.cost.prices import Prices
from weft.engine.events import HistoryEvent
from weft.ir.ops import Invoke, Sleep

STATE_SECONDS = 0.03  # what a state adds to an Express execution's time (design §7.5)
EXPRESS_GB = 0.125
_OUTSIDE = ("lambda", "http")  # a call of another execution is part of the run
_GRANULE = 0.1  # seconds that Express durations are billed in


@dataclass(frozen=True, slots=True)
class Use:
    """What one run took.

    `transitions`: states entered in Standard executions, which are billed; `inner`: in Express
    ones, which are not. `retries` of tasks in Standard executions, each billed like a transition.
    `functions`: seconds of every call of a function. `calls`: calls of anything outside.
    `pure`: Pass states that a node is computed in. `express`: seconds of each Express execution,
    as if what it does at the same time were done in turn.
    """

    transitions: int
    inner: int
    retries: int
    functions: tuple[float, ...]
    calls: int
    pure: int
    express: tuple[float, ...]

    def usd(self, prices: Prices) -> float:
        """The price of the run. Free tiers and discounts are left out."""
        billed = sum(-(-seconds // _GRANULE) * _GRANULE for seconds in self.express)
        return (
            (self.transitions + self.retries) * prices.standard_transition
            + len(self.express) * prices.express_request
            + billed * EXPRESS_GB * prices.express_gb_second
            + len(self.functions) * prices.lambda_request
            + sum(self.functions) * prices.lambda_memory_gb * prices.lambda_gb_second
        )


def use_of(
    artefact: Artefact,
    histories: Iterable[tuple[str, list[HistoryEvent]]],
    seconds: Mapping[str, float],
) -> Use:
    """Counts of a run. `seconds`: how long a call of each class takes."""
    transitions = inner = retries = calls = pure = 0
    functions: list[float] = []
    express: list[float] = []
    for child, events in histories:
        entered = [event for event in events if event.type.endswith("StateEntered")]
        called = list(_called(artefact, events, seconds))
        functions += [took for took, is_function in called if is_function]
        calls += len(called)
        pure += _pure(artefact, entered)
        if child and artefact.children[child].type == "EXPRESS":
            inner += len(entered)
            express.append(sum(took for took, _ in called) + STATE_SECONDS * len(entered))
        else:
            transitions += len(entered)
            retries += _retries(events)
    return Use(transitions, inner, retries, tuple(functions), calls, pure, tuple(express))


def _retries(events: Sequence[HistoryEvent]) -> int:
    tries = sum(event.type == "TaskScheduled" for event in events)
    return max(0, tries - sum(event.type == "TaskStateEntered" for event in events))


def _called(
    artefact: Artefact, events: Iterable[HistoryEvent], seconds: Mapping[str, float]
) -> Iterator[tuple[float, bool]]:
    """Seconds of each call, and whether it is one of a function."""
    entered = {e.id: e.details["name"] for e in events if e.type.endswith("StateEntered")}
    before = {event.id: event.previous_event_id for event in events}
    for event in events:
        if event.type != "TaskScheduled" or event.details["resourceType"] not in _OUTSIDE:
            continue
        at = event.id
        while at not in entered:
            at = before[at]
        nodes = artefact.source_map["states"][entered[at]]["nodes"]
        kinds = [class_of(artefact.flow.nodes[node].type) for node in nodes]
        took = sum(seconds.get(kind, 0.0) for kind in kinds)
        yield took, event.details["resourceType"] == "lambda"


def _pure(artefact: Artefact, entered: Iterable[HistoryEvent]) -> int:
    return sum(_is_pure(artefact, event.details) for event in entered if event.type[:4] == "Pass")


def _is_pure(artefact: Artefact, details: Mapping[str, Any]) -> bool:
    state = artefact.source_map["states"][details["name"]]
    if state["role"] != "step":
        return False
    return not isinstance(artefact.flow.nodes[state["nodes"][0]].op, Invoke | Sleep)
