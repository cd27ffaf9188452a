"""`http:invoke`: an HTTP call that the host makes itself.

The engine has no HTTP client: the call goes to the handler of the name `http:invoke`, with the
input of the execution, by which the handler knows whose connection to open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from weft.engine.json import JsonValue
from weft.engine.resources.base import BadArguments, Call, Resource
from weft.engine.scope import Scope
from weft.engine.template import Template

NAME: Final = "http:invoke"
REQUIRED: Final = ("ApiEndpoint", "Method", "Authentication")
KNOWN_ARGUMENTS: Final = frozenset(
    {*REQUIRED, "Headers", "QueryParameters", "RequestBody", "Transform"}
)


@dataclass(frozen=True, slots=True)
class HttpInvoke(Resource):
    """Sends the request described in Arguments."""

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """The arguments, which hold no secret: the connection is only named."""
        value = default if arguments is None else arguments.evaluate(scope)
        if not isinstance(value, dict) or not all(
            isinstance(value.get(name), str) for name in ("ApiEndpoint", "Method")
        ):
            raise BadArguments(
                "The Arguments of http:invoke must hold 'ApiEndpoint' and 'Method' as strings."
            )
        return Call(NAME, value)

    def sent(self, payload: JsonValue, execution_input: Callable[[], JsonValue]) -> JsonValue:
        """`{"arguments", "input"}`."""
        return {"arguments": payload, "input": execution_input()}

    def check(self, source: dict[str, Any]) -> list[str]:
        """What every request needs is there, and nothing unknown."""
        arguments = source.get("Arguments")
        if not isinstance(arguments, dict):
            return [] if "Arguments" in source else ["'Arguments' is required"]
        missing = [f"'{k}' is required in 'Arguments'" for k in REQUIRED if k not in arguments]
        unknown = [k for k in arguments if k not in KNOWN_ARGUMENTS]
        return [*missing, *(f"'{k}' is not an argument of http:invoke" for k in unknown)]
