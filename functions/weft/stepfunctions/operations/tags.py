"""Tags of state machines and activities."""

from typing import Any

from weft.domain.errors import NotFound
from weft.stepfunctions.members import tags_of
from weft.stepfunctions.refusals import Refused
from weft.stepfunctions.service import Service


async def list_all(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """ListTagsForResource."""
    tags = service.engine.tags.of(_tagged(service, request))
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


async def put(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """TagResource."""
    service.engine.tags.put(_tagged(service, request), tags_of(request["tags"]))
    return {}


async def take(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """UntagResource."""
    keys = [str(key) for key in request["tagKeys"]]
    service.engine.tags.take(_tagged(service, request), keys)
    return {}


def _tagged(service: Service, request: dict[str, Any]) -> str:
    arn = request["resourceArn"]
    try:
        if ":activity:" in arn:
            return service.engine.activities.record(service.arns.read_activity(arn)).id
        return service.engine.machines.record(service.arns.read_unqualified(arn)).name
    except NotFound as error:
        raise Refused("ResourceNotFound", f"Resource not found: '{arn}'") from error
