"""Executions: start, wait for, describe, list, stop, redrive."""

import uuid
from typing import Any

from weft.engine.execution import Execution
from weft.engine.journal import ExecutionRow
from weft.engine.json import MAX_PAYLOAD_BYTES, JsonValue
from weft.stepfunctions.arns import EXPRESS_NAME, MachineArn
from weft.stepfunctions.operations.map_runs import describe_child, list_children
from weft.stepfunctions.pages import place_of, size_of, token_for
from weft.stepfunctions.refusals import Refused, invalid
from weft.stepfunctions.service import Service
from weft.stepfunctions.texts import read_json, text_of

# Express executions are billed for at least 64 MB, in steps of 100 ms.
_BILLED_MB, _BILLED_MS = 64, 100


async def start(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """StartExecution of a machine, a version or an alias."""
    found = service.arns.read_machine(request["stateMachineArn"])
    kind = service.engine.kind(found.machine)
    begun = _begin(service, found, kind, request)
    return {
        "executionArn": service.arns.execution(begun.machine, begun.name, kind),
        "startDate": begun.started_at,
    }


async def start_sync(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """StartSyncExecution: the answer comes when the Express execution has ended."""
    found = service.arns.read_machine(request["stateMachineArn"])
    kind = service.engine.kind(found.machine)
    if kind != "EXPRESS":
        raise _unsupported(request["stateMachineArn"])
    begun = _begin(service, found, kind, request)
    ended = await service.engine.wait(begun.id)
    stopped = ended.stopped_at or ended.started_at
    spent = int((stopped - ended.started_at) * 1000)
    return {
        **_described(service, ended, kind, request),
        "status": "FAILED" if ended.status == "ABORTED" else ended.status,
        "billingDetails": {
            "billedMemoryUsedInMB": _BILLED_MB,
            "billedDurationInMilliseconds": (spent // _BILLED_MS + 1) * _BILLED_MS,
        },
    }


def _begin(service: Service, found: MachineArn, kind: str, request: dict[str, Any]) -> Execution:
    name = request.get("name") or str(uuid.uuid4())
    if kind == "EXPRESS":  # names need not be unique there; what follows the dot is
        name = f"{name[:EXPRESS_NAME]}.{uuid.uuid4().hex}"
    execution = service.engine.start(found.machine, name, _input(request), found.qualifier)
    return service.engine.describe(execution)


def _input(request: dict[str, Any]) -> JsonValue:
    text = request.get("input", "{}")
    value = read_json(text, "InvalidExecutionInput", "Invalid State Machine Execution Input")
    if len(text.encode()) > MAX_PAYLOAD_BYTES:
        raise invalid(f"the input is over {MAX_PAYLOAD_BYTES} bytes")
    return value


async def describe(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeExecution of a Standard execution."""
    child = service.arns.read_child(request["executionArn"])
    if child is not None:
        return describe_child(service, request, child)
    execution = _standard(service, request)
    reason = service.engine.redrivable(execution.id)
    status = {"redriveStatus": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE"}
    if reason is not None:
        status["redriveStatusReason"] = reason
    return {**_described(service, execution, "STANDARD", request), **status}


async def list_all(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """ListExecutions of a machine, a version or an alias, the newest first."""
    if ("stateMachineArn" in request) == ("mapRunArn" in request):
        raise invalid("either 'stateMachineArn' or 'mapRunArn' is needed")
    if "mapRunArn" in request:
        return list_children(service, request)
    if "redriveFilter" in request:
        raise invalid("'redriveFilter' needs 'mapRunArn'")
    found = service.arns.read_machine(request["stateMachineArn"])
    if service.engine.kind(found.machine) == "EXPRESS":
        raise _unsupported(request["stateMachineArn"])
    subject = f"executions of {found} {request.get('statusFilter')}"
    size = size_of(request)
    numbered = found.qualifier is not None and found.qualifier.isdecimal()
    rows = service.engine.rows(
        machine=found.machine,
        status=request.get("statusFilter"),
        version=int(found.qualifier) if found.qualifier and numbered else None,
        alias=None if numbered else found.qualifier,
        before=place_of(request, subject),
        limit=size + 1,
    )
    following = {"nextToken": token_for(subject, rows[size - 1].seq)} if len(rows) > size else {}
    return {"executions": [_listed(service, row) for row in rows[:size]], **following}


async def stop(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """StopExecution."""
    execution = _standard(service, request)
    service.engine.stop(execution.id, request.get("error"), request.get("cause"))
    ended = service.engine.describe(execution.id)
    return {"stopDate": ended.stopped_at or ended.started_at}


async def redrive(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """RedriveExecution; the same client token again asks for nothing more."""
    execution, token = _standard(service, request), request.get("clientToken")
    known = service.redrives.get(execution.id)
    if token is not None and known is not None and known[0] == token:
        return {"redriveDate": known[1]}
    at = service.engine.redrive(execution.id)
    if token is not None:
        service.redrives[execution.id] = (token, at)
    return {"redriveDate": at}


def _standard(service: Service, request: dict[str, Any]) -> Execution:
    execution = service.engine.describe(service.arns.read_execution(request["executionArn"]))
    if service.kind(execution.machine, execution.revision) != "STANDARD":
        arn = request["executionArn"]
        raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    return execution


def _unsupported(arn: str) -> Refused:
    return Refused(
        "StateMachineTypeNotSupported",
        f"This operation is not supported by this type of state machine: '{arn}'",
    )


def _described(
    service: Service, execution: Execution, kind: str, request: dict[str, Any]
) -> dict[str, Any]:
    name, told = execution.name, request.get("includedData") != "METADATA_ONLY"
    if kind == "EXPRESS":
        name = name.rpartition(".")[0]
    shown: dict[str, Any] = {
        "executionArn": service.arns.execution(execution.machine, execution.name, kind),
        "stateMachineArn": service.arns.machine(execution.machine),
        "name": name,
        "status": execution.status,
        "startDate": execution.started_at,
        "inputDetails": {"included": told},
        **_by(service, execution),
    }
    if execution.stopped_at is not None:
        shown["stopDate"] = execution.stopped_at
    if told:
        shown["input"] = text_of(execution.input)
    if execution.status == "SUCCEEDED":
        shown["outputDetails"] = {"included": told}
        if told:
            shown["output"] = text_of(execution.output)
    for member, value in (("error", execution.error), ("cause", execution.cause)):
        if value is not None:
            shown[member] = value
    if kind == "STANDARD":
        shown |= _redriven(execution.redrives, execution.redriven_at)
    return shown


def _listed(service: Service, row: ExecutionRow) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "executionArn": service.arns.execution(row.machine, row.name, "STANDARD"),
        "stateMachineArn": service.arns.machine(row.machine),
        "name": row.name,
        "status": row.status,
        "startDate": row.started,
        **_by(service, row),
        **_redriven(row.redrives, row.redriven),
    }
    if row.stopped is not None:
        shown["stopDate"] = row.stopped
    return shown


def _redriven(times: int, at: float | None) -> dict[str, Any]:
    return {"redriveCount": times} | ({} if at is None else {"redriveDate": at})


def _by(service: Service, started: Execution | ExecutionRow) -> dict[str, Any]:
    """The version and alias by which an execution was started."""
    given = {
        "stateMachineVersionArn": started.version,
        "stateMachineAliasArn": started.alias,
    }
    return {
        member: service.arns.qualified(started.machine, value)
        for member, value in given.items()
        if value is not None
    }


def begun_by(service: Service, execution: Execution) -> dict[str, Any]:
    """What ExecutionStarted tells of how the execution was started."""
    record = service.engine.machines.record(execution.machine, execution.revision)
    role = (record.about or {}).get("roleArn")
    return _by(service, execution) | ({} if role is None else {"roleArn": role})
