"""`sqs:sendMessage`, with or without a task token: the message goes to the host.

The engine has no queues: the call goes to the handler of the name `sqs:sendMessage`, which takes
the arguments of the API and gives its response.
"""

from dataclasses import dataclass
from typing import Any, Final

from weft.engine.json import JsonValue, to_json
from weft.engine.resources.base import BadArguments, Call, Resource
from weft.engine.scope import Scope
from weft.engine.template import Template

NAME: Final = "sqs:sendMessage"
REQUIRED: Final = ("QueueUrl", "MessageBody")


@dataclass(frozen=True, slots=True)
class SqsSendMessage(Resource):
    """Sends the message described in Arguments."""

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """The arguments; a MessageBody that is no text is written as JSON."""
        value = default if arguments is None else arguments.evaluate(scope)
        known = isinstance(value, dict) and isinstance(value.get("QueueUrl"), str)
        if not known or value.get("MessageBody") is None:
            raise BadArguments(
                "The Arguments of sqs:sendMessage must hold 'QueueUrl' as a string and "
                "'MessageBody'."
            )
        body = value["MessageBody"]
        text = body if isinstance(body, str) else to_json(body).decode()
        return Call(NAME, {**value, "MessageBody": text})

    def check(self, source: dict[str, Any]) -> list[str]:
        """What every message needs is there."""
        arguments = source.get("Arguments")
        if not isinstance(arguments, dict):
            return []
        return [f"'{n}' is required in 'Arguments'" for n in REQUIRED if n not in arguments]
