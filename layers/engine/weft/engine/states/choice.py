"""Choice: the first rule whose Condition is true decides where to go."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weft.engine.errors import StateFailure
from weft.engine.run import Frame, Scope
from weft.engine.states.base import State
from weft.engine.template import Template

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.parts import Field, StateParts


@dataclass(frozen=True, slots=True)
class Rule:
    """One choice rule; its Output and Assign replace the state's own."""

    condition: "Field"
    next: str
    output: Template | None
    assign: dict[str, Template] | None


class ChoiceState(State):
    """Evaluates its conditions in order. States.NoChoiceMatched without a match or Default."""

    kind = "Choice"

    def __init__(self, parts: "StateParts") -> None:
        super().__init__(parts)
        self._rules = [_rule(parts, i, r) for i, r in enumerate(parts.source["Choices"])]
        self._default: str | None = parts.source.get("Default")

    def work(self, core: "Core", frame: Frame) -> None:
        """Leave by the first rule that holds, else by Default."""
        scope = Scope(frame)
        for rule in self._rules:
            if rule.condition.evaluate(scope):
                self.leave_by(core, frame, frame.input, (rule.output, rule.assign, rule.next), {})
                return
        if self._default is None:
            raise StateFailure(
                "States.NoChoiceMatched", "No choice rule matched and there is no Default."
            )
        self.leave_by(core, frame, frame.input, (self.output, self.assign, self._default), {})


def _rule(parts: "StateParts", index: int, source: dict[str, Any]) -> Rule:
    path = f"Choices[{index}]"
    return Rule(
        parts.condition(source, path),
        source["Next"],
        parts.rule_output(source, path),
        parts.assignments(source, path),
    )
