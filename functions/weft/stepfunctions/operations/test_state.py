"""TestState: one state, here and now."""

from typing import Any

from weft.stepfunctions.refusals import Refused
from weft.stepfunctions.service import Service


async def test(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """TestState."""
    raise Refused("UnknownOperationException", "not yet")
