"""GetExecutionHistory: the engine's events in the service's shape."""

from typing import Any, Final

from weft.engine.events import HistoryEvent
from weft.engine.own_history import own_history
from weft.stepfunctions.operations.executions import begun_by
from weft.stepfunctions.operations.map_runs import find_child
from weft.stepfunctions.pages import page
from weft.stepfunctions.service import Service
from weft.stepfunctions.texts import text_of

# Members that hold data, which a caller may not want; as JSON texts.
_DATA: Final = frozenset({"input", "output", "parameters"})
_DETAILS: Final = frozenset({"input", "output"})
# Which members of the engine's details each family of events shows.
_SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "StateEntered": ("name", "input"),
    "StateExited": ("name", "output", "assignedVariables"),
    "ExecutionStarted": ("input",),
    "ExecutionSucceeded": ("output",),
    "ExecutionFailed": ("error", "cause"),
    "ExecutionAborted": ("error", "cause"),
    "ExecutionTimedOut": ("error", "cause"),
    "ExecutionRedriven": ("redriveCount",),
    "EvaluationFailed": ("state", "error", "cause", "location"),
    "MapStateStarted": ("length",),
    "MapIterationStarted": ("name", "index"),
    "MapIterationSucceeded": ("name", "index"),
    "MapIterationFailed": ("name", "index"),
    "MapIterationAborted": ("name", "index"),
    "MapRunStarted": ("mapRunArn",),
    "MapRunFailed": ("error", "cause"),
    "MapRunRedriven": ("mapRunArn", "redriveCount"),
    "TaskScheduled": ("resourceType", "resource", "region", "parameters", "timeoutInSeconds",
                      "heartbeatInSeconds"),
    "TaskStarted": ("resourceType", "resource"),
    "TaskSubmitted": ("resourceType", "resource", "output"),
    "TaskSucceeded": ("resourceType", "resource", "output"),
    "ActivityScheduled": ("resource", "input", "timeoutInSeconds", "heartbeatInSeconds"),
    "ActivityStarted": ("workerName",),
    "ActivitySucceeded": ("output",),
    "LambdaFunctionScheduled": ("resource", "input", "timeoutInSeconds"),
    "LambdaFunctionSucceeded": ("output",),
}  # fmt: skip
for _what in ("Failed", "TimedOut", "ScheduleFailed", "StartFailed", "SubmitFailed"):
    _SHOWN[f"Task{_what}"] = ("resourceType", "resource", "error", "cause")
    _SHOWN[f"LambdaFunction{_what}"] = _SHOWN[f"Activity{_what}"] = ("error", "cause")


async def get(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """GetExecutionHistory, in pages, forwards or backwards."""
    arn, backwards = request["executionArn"], bool(request.get("reverseOrder"))
    begun, events = _history(service, arn)
    if backwards:
        events.reverse()
    chosen, following = page(request, f"history of {arn} {backwards}", events)
    told = request.get("includeExecutionData", True)
    shown = [shown_event(event, service, told=told) for event in chosen]
    for event, made in zip(chosen, shown, strict=True):
        if event.type == "ExecutionStarted":
            made["executionStartedEventDetails"] |= begun
    return {"events": shown, **following}


def _history(service: Service, arn: str) -> tuple[dict[str, Any], list[HistoryEvent]]:
    """What the first event tells besides, and all events."""
    child = service.arns.read_child(arn)
    if child is None:
        execution = service.engine.describe(service.arns.read_execution(arn))
        events = own_history(service.engine.history(execution.id))
    else:
        execution = service.engine.describe(child[0])
        events = find_child(service, arn, child)[1].history()
    return begun_by(service, execution), events


def shown_event(event: HistoryEvent, service: Service, *, told: bool) -> dict[str, Any]:
    """One event; without its data unless `told`."""
    shown: dict[str, Any] = {
        "timestamp": event.timestamp,
        "type": event.type,
        "id": event.id,
        "previousEventId": event.previous_event_id,
    }
    family = _family(event.type)
    if family in _SHOWN:
        source = dict(event.details)
        if event.type == "TaskScheduled":
            source.setdefault("region", service.arns.region)
        if "mapRun" in source:
            source["mapRunArn"] = service.arns.map_run(source.pop("mapRun"))
        if event.type in ("LambdaFunctionScheduled", "ActivityScheduled"):
            source["input"] = source.pop("parameters")
        key = family[0].lower() + family[1:] + "EventDetails"
        shown[key] = _details(source, _SHOWN[family], told=told)
    return shown


def _family(kind: str) -> str:
    for ending in ("StateEntered", "StateExited"):
        if kind.endswith(ending):
            return ending
    return kind


def _details(source: dict[str, Any], members: tuple[str, ...], *, told: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for member in members:
        value = source.get(member)
        if member in _DATA:
            if told and member in source:
                shown[member] = text_of(value)
                if member in _DETAILS:
                    shown[f"{member}Details"] = {"truncated": False}
        elif member == "assignedVariables":
            if told and value:
                shown[member] = {name: text_of(assigned) for name, assigned in value.items()}
                shown["assignedVariablesDetails"] = {"truncated": False}
        elif value is not None:
            shown[member] = value
    return shown
