"""Answers to task tokens."""

from typing import Any

from weft.stepfunctions.service import Service
from weft.stepfunctions.texts import read_json


async def succeed(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """SendTaskSuccess."""
    output = read_json(request["output"], "InvalidOutput", "Invalid Output")
    service.engine.send_task_success(request["taskToken"], output)
    return {}


async def fail(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """SendTaskFailure."""
    token = request["taskToken"]
    service.engine.send_task_failure(token, request.get("error"), request.get("cause"))
    return {}


async def beat(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """SendTaskHeartbeat."""
    service.engine.send_task_heartbeat(request["taskToken"])
    return {}
