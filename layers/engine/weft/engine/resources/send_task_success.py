"""`aws-sdk:sfn:sendTaskSuccess`: answers a task token of this engine from inside an execution.

The answer is taken in the transaction in which the state that sends it goes on: after a crash
either both have happened or neither.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weft.asl.token_item import ANSWERED, wrong_answer
from weft.engine.errors import StateFailure, TaskTimedOut, TaskTokenInvalid
from weft.engine.json import JsonValue
from weft.engine.resources.base import Call, Resource
from weft.engine.run import Run
from weft.engine.scope import Scope
from weft.engine.template import QUERY_ERROR, Template

if TYPE_CHECKING:
    from weft.engine.inside import InsideCalls


@dataclass(frozen=True, slots=True)
class SendTaskSuccess(Resource):
    """Answers with what is in Arguments; the state's result is `{}`."""

    inside: bool = True

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """TaskToken, a string, and Output."""
        assert arguments is not None, "the definition is checked before it is compiled"
        value = arguments.evaluate(scope)
        if not isinstance(value, dict) or not isinstance(value.get("TaskToken"), str):
            raise StateFailure(QUERY_ERROR, "'TaskToken' must be a string.", "Arguments")
        return Call(self.action, value)

    def act(self, calls: "InsideCalls", run: Run, payload: Any) -> JsonValue:
        """Hand the output to the state that waits. Raises StateFailure where none does."""
        try:
            calls.answer(payload["TaskToken"], payload["Output"])
        except TaskTimedOut as error:
            raise StateFailure(ANSWERED, str(error), inner=True) from error
        except TaskTokenInvalid as error:
            raise StateFailure("Sfn.InvalidTokenException", str(error), inner=True) from error
        return {}

    def check(self, source: dict[str, Any]) -> list[str]:
        """Nothing but what a future sends."""
        wrong = wrong_answer(source.get("Arguments"))
        return [] if wrong is None else [wrong]
