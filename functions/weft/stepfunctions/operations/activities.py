"""Activities: create, describe, list, delete, and ask for a task."""

from typing import Any

from weft.engine.activities import ActivityRecord
from weft.engine.resources.activity import ACTIVITY
from weft.stepfunctions.members import tags_of
from weft.stepfunctions.pages import page
from weft.stepfunctions.refusals import Refused
from weft.stepfunctions.service import Service
from weft.stepfunctions.texts import text_of


async def create(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """CreateActivity; one of that name stays as it is."""
    tags = tags_of(request.get("tags"))
    arn = service.arns.activity(request["name"])
    if not ACTIVITY.match(arn):
        raise Refused("InvalidName", f"Invalid Name: '{request['name']}'")
    made = service.engine.activities.create(arn)
    if tags:
        service.engine.tags.put(arn, tags)
    return {"activityArn": arn, "creationDate": made.created}


async def describe(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeActivity."""
    return _shown(service.engine.activities.record(_id(service, request)))


async def list_all(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """ListActivities, the newest first."""
    chosen, following = page(request, "activities", service.engine.activities.all())
    return {"activities": [_shown(record) for record in chosen], **following}


async def delete(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteActivity."""
    activity = _id(service, request)
    service.engine.activities.delete(activity)
    service.engine.tags.forget(activity)
    return {}


async def get_task(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """GetActivityTask; without a token when no task came in time."""
    worker = request.get("workerName")
    work = await service.engine.activities.take(_id(service, request), worker, service.poll_seconds)
    if work is None:
        return {"taskToken": None}
    return {"taskToken": work.token, "input": text_of(work.input)}


def _id(service: Service, request: dict[str, Any]) -> str:
    return service.arns.read_activity(request["activityArn"])


def _shown(record: ActivityRecord) -> dict[str, Any]:
    return {
        "activityArn": record.id,
        "name": record.id.rpartition(":")[2],
        "creationDate": record.created,
    }
