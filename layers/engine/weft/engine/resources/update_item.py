"""`aws-sdk:dynamodb:updateItem`: the updates that futures make, with or without a task token.

Items are those of the execution: written in the transaction in which its frame goes on, and gone
when it has ended.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weft.asl.token_item import REFUSED, wrong_update
from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue, to_json
from weft.engine.resources.base import Call, Resource
from weft.engine.run import Run
from weft.engine.scope import Scope
from weft.engine.template import Template

if TYPE_CHECKING:
    from weft.engine.inside import InsideCalls


@dataclass(frozen=True, slots=True)
class UpdateItem(Resource):
    """Sets two attributes on a condition, or gives what was there before."""

    inside: bool = True

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """The arguments; their form is checked with the definition."""
        assert arguments is not None, "the definition is checked before it is compiled"
        return Call(self.action, arguments.evaluate(scope))

    def act(self, calls: "InsideCalls", run: Run, payload: Any) -> JsonValue:
        """`{"Attributes": the old item}` where that is asked for and there was one, else `{}`."""
        key = payload["Key"]["id"]["S"]
        old = run.items.get(key)
        condition = payload.get("ConditionExpression")
        if condition is not None and _attribute(condition) in (old or {}):
            raise StateFailure(REFUSED, "The conditional request failed", inner=True)
        values = payload["ExpressionAttributeValues"]
        new = {name.removeprefix(":"): _as_text(value) for name, value in values.items()}
        run.put_item(key, {**payload["Key"], **(old or {}), **new})
        told = payload.get("ReturnValues") == "ALL_OLD" and old is not None
        return {"Attributes": old} if told else {}

    def check(self, source: dict[str, Any]) -> list[str]:
        """Nothing but what a future makes."""
        wrong = wrong_update(source.get("Arguments"), waits=self.waits_for_token)
        return [] if wrong is None else [wrong]


def _attribute(condition: str) -> str:
    return condition.partition("(")[2].removesuffix(")")


def _as_text(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """What the service takes as a string is sent as JSON text where it is something else."""
    return {
        kind: held if isinstance(held, str) else to_json(held).decode()
        for kind, held in value.items()
    }
