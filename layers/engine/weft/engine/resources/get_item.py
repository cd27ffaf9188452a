"""`aws-sdk:dynamodb:getItem`: reads an item of the execution, as futures do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weft.asl.token_item import wrong_reading
from weft.engine.json import JsonValue
from weft.engine.resources.base import Call, Resource
from weft.engine.run import Run
from weft.engine.scope import Scope
from weft.engine.template import Template

if TYPE_CHECKING:
    from weft.engine.inside import InsideCalls


@dataclass(frozen=True, slots=True)
class GetItem(Resource):
    """Gives the item as it is now."""

    inside: bool = True

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """The arguments; their form is checked with the definition."""
        assert arguments is not None, "the definition is checked before it is compiled"
        return Call(self.action, arguments.evaluate(scope))

    def act(self, calls: "InsideCalls", run: Run, payload: Any) -> JsonValue:
        """`{"Item"}`, or `{}` where there is none."""
        item = run.items.get(payload["Key"]["id"]["S"])
        return {} if item is None else {"Item": item}

    def check(self, source: dict[str, Any]) -> list[str]:
        """Nothing but what a future reads."""
        wrong = wrong_reading(source.get("Arguments"))
        return [] if wrong is None else [wrong]
