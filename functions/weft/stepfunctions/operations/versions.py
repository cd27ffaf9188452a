"""Versions and aliases of state machines."""

from typing import Any

from weft.domain.errors import NotFound
from weft.engine.aliases import Alias
from weft.stepfunctions.pages import page
from weft.stepfunctions.refusals import Refused, invalid
from weft.stepfunctions.service import Service, revision_id


async def publish(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """PublishStateMachineVersion."""
    machine = service.arns.read_unqualified(request["stateMachineArn"])
    revision = None
    if "revisionId" in request:
        revision = service.engine.machines.record(machine).revision
        wanted = request["revisionId"]
        first = revision == 1 and wanted == "INITIAL"
        if wanted != revision_id(machine, revision) and not first:
            message = f"Current state machine revision does not match the given '{wanted}'"
            raise Refused("ConflictException", message)
    version = service.engine.versions.publish(machine, request.get("description", ""), revision)
    return {
        "stateMachineVersionArn": service.arns.qualified(machine, version.number),
        "creationDate": version.created,
    }


async def list_versions(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """ListStateMachineVersions, the newest first."""
    machine = service.arns.read_unqualified(request["stateMachineArn"])
    versions, following = page(
        request, f"versions of {machine}", service.engine.versions.list(machine)
    )
    listed = [
        {
            "stateMachineVersionArn": service.arns.qualified(machine, version.number),
            "creationDate": version.created,
        }
        for version in versions
    ]
    return {"stateMachineVersions": listed, **following}


async def delete_version(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteStateMachineVersion; one that is not there is no mistake."""
    machine, number = service.arns.read_version(request["stateMachineVersionArn"])
    service.engine.versions.delete(machine, number)
    return {}


async def create_alias(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """CreateStateMachineAlias."""
    machine, routes = _routes(service, request["routingConfiguration"])
    alias = service.engine.aliases.create(
        machine, request["name"], routes, request.get("description", "")
    )
    return {
        "stateMachineAliasArn": service.arns.qualified(machine, alias.name),
        "creationDate": alias.created,
    }


async def update_alias(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateStateMachineAlias."""
    machine, name = service.arns.read_alias(request["stateMachineAliasArn"])
    routes = None
    if "routingConfiguration" in request:
        owner, routes = _routes(service, request["routingConfiguration"])
        if owner != machine:
            raise invalid("an alias routes to versions of its own state machine only")
    alias = service.engine.aliases.update(machine, name, routes, request.get("description"))
    return {"updateDate": alias.updated}


async def describe_alias(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeStateMachineAlias."""
    machine, name = service.arns.read_alias(request["stateMachineAliasArn"])
    alias = service.engine.aliases.get(machine, name)
    described = {**_listed(service, alias), "name": name, "updateDate": alias.updated}
    described["routingConfiguration"] = [
        {"stateMachineVersionArn": service.arns.qualified(machine, number), "weight": weight}
        for number, weight in alias.routes
    ]
    if alias.description:
        described["description"] = alias.description
    return described


async def list_aliases(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """ListStateMachineAliases of a machine, or those that route to a version."""
    found = service.arns.read_machine(request["stateMachineArn"])
    service.engine.machines.record(found.machine)
    aliases = service.engine.aliases.list(found.machine)
    if found.qualifier is not None:
        wanted = found.qualifier
        aliases = [a for a in aliases if wanted in {str(number) for number, _ in a.routes}]
    listed, following = page(request, f"aliases of {found}", aliases)
    return {"stateMachineAliases": [_listed(service, alias) for alias in listed], **following}


async def delete_alias(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteStateMachineAlias."""
    machine, name = service.arns.read_alias(request["stateMachineAliasArn"])
    service.engine.aliases.delete(machine, name)
    return {}


def _listed(service: Service, alias: Alias) -> dict[str, Any]:
    return {
        "stateMachineAliasArn": service.arns.qualified(alias.machine, alias.name),
        "creationDate": alias.created,
    }


def _routes(service: Service, given: list[Any]) -> tuple[str, list[tuple[int, int]]]:
    """The one machine of a routing configuration, and its versions with their weights."""
    routes: list[tuple[int, int]] = []
    machines = set()
    for entry in given:
        if not isinstance(entry, dict) or not isinstance(entry.get("weight"), int):
            raise invalid("a route needs 'stateMachineVersionArn' and 'weight'")
        machine, number = service.arns.read_version(str(entry.get("stateMachineVersionArn")))
        machines.add(machine)
        routes.append((number, entry["weight"]))
    if len(machines) != 1:
        raise invalid("an alias routes to one or two versions of one state machine")
    [machine] = machines
    try:
        service.engine.machines.record(machine)
    except NotFound as error:
        raise Refused("ResourceNotFound", f"Resource Not Found: '{error}'") from error
    return machine, routes
