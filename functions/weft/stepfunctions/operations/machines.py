"""State machines: create, update, describe, list, delete, validate."""

from typing import Any, Final

from weft.engine.errors import MachineNotFound
from weft.engine.machines import MachineRecord
from weft.engine.walk import state_named
from weft.stepfunctions.definitions import code_of, findings, read_definition
from weft.stepfunctions.members import tags_of
from weft.stepfunctions.operations.map_runs import find_child
from weft.stepfunctions.pages import page
from weft.stepfunctions.refusals import Refused
from weft.stepfunctions.service import Service, revision_id
from weft.stepfunctions.texts import text_of

# What a revision keeps of a request besides the definition.
_KEPT: Final = (
    "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration",
)  # fmt: skip
_DEFAULTS: Final[dict[str, Any]] = {
    "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
    "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
}
_MOST_DIAGNOSTICS: Final = 100


async def create(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """CreateStateMachine."""
    engine, name, kind = service.engine, request["name"], request.get("type", "STANDARD")
    if "versionDescription" in request and not request.get("publish"):
        raise Refused("ValidationException", "versionDescription needs publish to be true")
    tags = tags_of(request.get("tags"))
    definition = read_definition(request["definition"], kind)
    about = _DEFAULTS | {k: request[k] for k in _KEPT if k in request}
    about["text"] = request["definition"]
    engine.create_machine(name, definition, kind, about)
    record = engine.machines.record(name)
    if any((record.about or {}).get(member) != about[member] for member in _DEFAULTS):
        message = f"State Machine Already Exists: '{service.arns.machine(name)}'"
        raise Refused("StateMachineAlreadyExists", message)
    if tags:
        engine.tags.put(name, tags)
    answer: dict[str, Any] = {
        "stateMachineArn": service.arns.machine(name),
        "creationDate": record.created,
    }
    return answer | _published(service, name, request)


async def update(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateStateMachine: executions that run keep the definition they began with."""
    engine = service.engine
    name = service.arns.read_unqualified(request["stateMachineArn"])
    changed = {k: request[k] for k in _KEPT if k in request}
    if not changed and "definition" not in request:
        raise Refused(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, the "
            "EncryptionConfiguration or the TracingConfiguration must be specified",
        )
    old = engine.machines.record(name)
    about = {**(old.about or {}), **changed}
    definition = None
    if "definition" in request:
        definition = read_definition(request["definition"], old.kind)
        about["text"] = request["definition"]
    record = engine.machines.update(name, definition, about)
    answer: dict[str, Any] = {
        "updateDate": record.updated,
        "revisionId": revision_id(name, record.revision),
    }
    return answer | _published(service, name, request)


def _published(service: Service, name: str, request: dict[str, Any]) -> dict[str, Any]:
    if not request.get("publish"):
        return {}
    version = service.engine.versions.publish(name, request.get("versionDescription", ""))
    return {"stateMachineVersionArn": service.arns.qualified(name, version.number)}


async def describe(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeStateMachine, also of a version or of the version that an alias prefers."""
    engine, arn = service.engine, request["stateMachineArn"]
    found = service.arns.read_machine(arn)
    record = engine.machines.record(found.machine)
    shown: dict[str, Any] = {"creationDate": record.created}
    if found.qualifier is not None:
        number = found.qualifier
        if not number.isdecimal():
            routes = engine.aliases.get(found.machine, number).routes
            number = str(max(routes, key=lambda route: route[1])[0])
        version = engine.versions.get(found.machine, int(number))
        record = engine.machines.record(found.machine, version.revision)
        shown = {"creationDate": version.created}
        if version.description:
            shown["description"] = version.description
    return {
        "stateMachineArn": arn,
        "name": record.name,
        "status": "ACTIVE",
        "type": record.kind,
        **_shown(record, request),
        **shown,
    }


async def describe_for_execution(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeStateMachineForExecution: the definition that the execution runs."""
    child = service.arns.read_child(request["executionArn"])
    if child is not None:
        return _describe_for_child(service, request, child)
    execution = service.engine.describe(service.arns.read_execution(request["executionArn"]))
    record = service.engine.machines.record(execution.machine, execution.revision)
    return {
        "stateMachineArn": service.arns.machine(record.name),
        "name": record.name,
        "updateDate": record.updated,
        **_shown(record, request),
    }


def _describe_for_child(
    service: Service, request: dict[str, Any], place: tuple[str, int, int]
) -> dict[str, Any]:
    """A child of a Map Run runs the item processor of its state."""
    run, _ = find_child(service, request["executionArn"], place)
    execution = service.engine.describe(place[0])
    record = service.engine.machines.record(execution.machine, execution.revision)
    shown = _shown(record, request)
    state = state_named(record.definition, run.state) or {}
    if request.get("includedData") != "METADATA_ONLY":
        shown["definition"] = text_of(state.get("ItemProcessor") or state.get("Iterator"))
    arn = service.arns.child_machine(run.id)
    name = arn.rpartition(":")[2]
    return {
        "stateMachineArn": arn,
        "name": name,
        "updateDate": record.updated,
        "mapRunArn": service.arns.map_run(run.id),
        "label": name.partition("/")[2],
        **shown,
    }


def _shown(record: MachineRecord, request: dict[str, Any]) -> dict[str, Any]:
    about = dict(record.about or {})
    text = about.pop("text")
    shown: dict[str, Any] = {**about, "revisionId": revision_id(record.name, record.revision)}
    if request.get("includedData") != "METADATA_ONLY":
        shown["definition"] = text
    else:
        shown["definition"] = "{}"
    return shown


async def list_all(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """ListStateMachines."""
    names, following = page(request, "machines", service.engine.machines.names())
    records = [service.engine.machines.record(name) for name in names]
    listed = [
        {
            "stateMachineArn": service.arns.machine(record.name),
            "name": record.name,
            "type": record.kind,
            "creationDate": record.created,
        }
        for record in records
    ]
    return {"stateMachines": listed, **following}


async def delete(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteStateMachine; one that is not there is no mistake."""
    found = service.arns.read_machine(request["stateMachineArn"])
    if found.qualifier is not None:
        raise Refused("ValidationException", "a version is deleted by DeleteStateMachineVersion")
    try:
        service.engine.machines.record(found.machine)
    except MachineNotFound:
        return {}
    service.engine.delete_machine(found.machine)
    return {}


async def validate(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """ValidateStateMachineDefinition: what the service itself would refuse or warn of."""
    found = findings(request["definition"], request.get("type", "STANDARD"))
    wanted = request.get("severity", "ERROR")
    most = request.get("maxResults") or _MOST_DIAGNOSTICS
    diagnostics = [
        {
            "severity": "ERROR" if finding.refused else "WARNING",
            "code": code_of(finding),
            "message": finding.message,
            "location": finding.path,
        }
        for finding in sorted(found, key=lambda finding: not finding.refused)
        if finding.refused or wanted == "WARNING"
    ]
    return {
        "result": "FAIL" if any(finding.refused for finding in found) else "OK",
        "diagnostics": diagnostics[:most],
        "truncated": len(diagnostics) > most,
    }
