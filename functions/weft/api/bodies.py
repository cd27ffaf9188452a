"""Request bodies, parsed once and strictly."""

from typing import Any

from starlette.requests import Request

from weft.api.problems import BodyProblem
from weft.domain.errors import Invalid
from weft.operations.strict_json import parse_json


class JsonRequest(Request):
    """A request whose `json` refuses what the framework's would swallow or crash on."""

    async def json(self) -> Any:
        """The parsed body; a `BodyProblem` (400) when it is not acceptable JSON."""
        try:
            return parse_json(await self.body())
        except Invalid as error:
            raise BodyProblem(error) from error
