"""Map Runs and their child executions: describe, list, change the limits."""

from collections import Counter
from typing import Any

from weft.engine.errors import ExecutionNotFound, MapRunNotFound
from weft.engine.map_runs import ChildRun, MapRun
from weft.stepfunctions.pages import page
from weft.stepfunctions.refusals import Refused, invalid
from weft.stepfunctions.service import Service
from weft.stepfunctions.texts import text_of


async def describe(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeMapRun."""
    run = _find(service, request["mapRunArn"])
    children = list(run.children.values())
    runs = Counter(child.status for child in children)
    items = Counter[str]()
    for child in children:
        items[child.status] += child.items(batched=run.batched)
    written = run.writes and run.status == "SUCCEEDED"
    shown = {
        "mapRunArn": service.arns.map_run(run.id),
        "executionArn": _execution(service, run),
        "status": run.status,
        "startDate": run.started_at,
        **run.limits,
        "executionCounts": _counts(runs, run.total, written=written),
        "itemCounts": _counts(items, run.items, written=written),
        "redriveCount": run.redrives,
    }
    dates = {"stopDate": run.stopped_at, "redriveDate": run.redriven_at}
    return shown | {name: at for name, at in dates.items() if at is not None}


async def list_all(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """ListMapRuns of an execution, the newest first."""
    arn = request["executionArn"]
    execution = service.engine.describe(service.arns.read_execution(arn))
    runs = service.engine.map_runs.of(execution.id)[::-1]
    chosen, following = page(request, f"map runs of {arn}", runs)
    return {"mapRuns": [_listed(service, run) for run in chosen], **following}


async def update(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateMapRun: it counts for what is still to come."""
    run = _find(service, request["mapRunArn"])
    execution = run.id.partition("/")[0]
    given = {
        "concurrency": request.get("maxConcurrency"),
        "count": request.get("toleratedFailureCount"),
        "percentage": request.get("toleratedFailurePercentage"),
    }
    if all(value is None for value in given.values()):
        raise invalid("a limit to change is needed")
    service.engine.map_runs.update(execution, run.number, **given)
    return {}


def list_children(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """ListExecutions of a Map Run, the newest first."""
    arn, status = request["mapRunArn"], request.get("statusFilter")
    run, redriven = _find(service, arn), request.get("redriveFilter")
    chosen = [
        child
        for child in run.children.values()
        if status in (None, child.status)
        and redriven in (None, "REDRIVEN" if child.redrives else "NOT_REDRIVEN")
    ]
    chosen.sort(key=lambda child: (child.started_at, child.index), reverse=True)
    shown, following = page(request, f"children of {arn} {status} {redriven}", chosen)
    return {
        "executions": [
            _child(service, run, child) | {"itemCount": child.items(batched=run.batched)}
            for child in shown
        ],
        **following,
    }


def describe_child(
    service: Service, request: dict[str, Any], place: tuple[str, int, int]
) -> dict[str, Any]:
    """DescribeExecution of a child."""
    run, child = find_child(service, request["executionArn"], place)
    told = request.get("includedData") != "METADATA_ONLY"
    shown = _child(service, run, child) | {"inputDetails": {"included": told}}
    if child.status in ("FAILED", "ABORTED"):
        shown["redriveStatus"] = "REDRIVABLE_BY_MAP_RUN"
    else:
        shown["redriveStatus"] = "NOT_REDRIVABLE"
        reason = f"Execution is {child.status} and cannot be redriven"
        shown["redriveStatusReason"] = reason
    if told:
        shown["input"] = text_of(child.input)
    if child.status == "SUCCEEDED":
        shown["outputDetails"] = {"included": told}
        if told:
            shown["output"] = text_of(child.output)
    for member, value in (("error", child.error), ("cause", child.cause)):
        if value is not None:
            shown[member] = value
    return shown


def find_child(service: Service, arn: str, place: tuple[str, int, int]) -> tuple[MapRun, ChildRun]:
    """The child at what its ARN was read as. Raises Refused."""
    try:
        run, child = service.engine.map_runs.child(*place)
    except (MapRunNotFound, ExecutionNotFound) as error:
        raise _no_execution(arn) from error
    if service.arns.child(run.id, child.index) != arn:
        raise _no_execution(arn)
    return run, child


def _no_execution(arn: str) -> Refused:
    return Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def _find(service: Service, arn: str) -> MapRun:
    place = service.arns.read_map_run(arn)
    try:
        run = service.engine.map_runs.find(*place)
    except (MapRunNotFound, ExecutionNotFound) as error:
        raise Refused("ResourceNotFound", f"Resource not found: '{arn}'") from error
    if service.arns.map_run(run.id) != arn:
        raise Refused("ResourceNotFound", f"Resource not found: '{arn}'")
    return run


def _execution(service: Service, run: MapRun) -> str:
    machine, _, name = run.id.partition("/")[0].partition(":")
    return service.arns.execution(machine, name, "STANDARD")


def _listed(service: Service, run: MapRun) -> dict[str, Any]:
    shown = {
        "executionArn": _execution(service, run),
        "mapRunArn": service.arns.map_run(run.id),
        "stateMachineArn": service.arns.child_machine(run.id),
        "startDate": run.started_at,
    }
    return shown | ({} if run.stopped_at is None else {"stopDate": run.stopped_at})


def _child(service: Service, run: MapRun, child: ChildRun) -> dict[str, Any]:
    arn = service.arns.child(run.id, child.index)
    shown = {
        "executionArn": arn,
        "stateMachineArn": service.arns.child_machine(run.id),
        "mapRunArn": service.arns.map_run(run.id),
        "name": arn.rpartition(":")[2],
        "status": child.status,
        "startDate": child.started_at,
        "redriveCount": child.redrives,
    }
    dates = {"stopDate": child.stopped_at, "redriveDate": child.redriven_at}
    return shown | {name: at for name, at in dates.items() if at is not None}


def _counts(by_status: Counter[str], total: int | None, *, written: bool) -> dict[str, int]:
    begun = by_status.total()
    known = begun if total is None else total
    return {
        "pending": known - begun,
        "running": by_status["RUNNING"],
        "succeeded": by_status["SUCCEEDED"],
        "failed": by_status["FAILED"],
        "timedOut": 0,  # the children have no time limit of their own
        "aborted": by_status["ABORTED"],
        "total": known,
        "resultsWritten": begun if written else 0,
        "failuresNotRedrivable": 0,
        "pendingRedrive": 0,
    }
