"""What TestState shows of the way from a state's input to its output, field by field."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue
from weft.engine.jsonpath.parts import JsonPathParts
from weft.engine.parts import JsonataParts
from weft.engine.scope import Scope

if TYPE_CHECKING:
    from weft.engine.machine import Builder

Stage = Callable[[Scope], JsonValue]


class InspectedJsonata(JsonataParts):
    """Arguments is all that there is to see before the result."""

    def before(self) -> dict[str, Stage]:
        """The stages before the work, in order."""
        made = self.template("Arguments") if self.source["Type"] == "Task" else None
        return {} if made is None else {"afterArguments": made.evaluate}

    def after(self) -> dict[str, Stage]:
        """The stages after it."""
        return {}


class InspectedJsonPath(JsonPathParts):
    """InputPath, Parameters, then the result, ResultSelector and ResultPath."""

    def before(self) -> dict[str, Stage]:
        """The stages before the work, in order."""
        kind = self.source["Type"]
        stages: dict[str, Stage] = {}
        if kind != "Parallel" and "Result" not in self.source:
            stages["afterInputPath"] = lambda scope: self._effective(None, scope)
        if kind in ("Task", "Pass") and stages:
            sent = self.template("Arguments")
            stages["afterParameters"] = stages["afterInputPath"] if sent is None else sent.evaluate
        return stages

    def after(self) -> dict[str, Stage]:
        """The stages after it."""
        kind = self.source["Type"]
        if kind not in ("Task", "Map", "Parallel", "Pass"):
            return {}
        stages: dict[str, Stage] = {}
        if kind == "Task" or "Result" in self.source:
            stages["result"] = lambda scope: self._unselected(None, scope)
        selected = self._result_reader()
        stages["afterResultSelector"] = lambda scope: selected(None, scope)
        placed = self._placed(selected, self.source)
        stages["afterResultPath"] = lambda scope: placed(None, scope)
        return stages


INSPECTED: dict[str, type[InspectedJsonata] | type[InspectedJsonPath]] = {
    "JSONata": InspectedJsonata,
    "JSONPath": InspectedJsonPath,
}


def inspected(
    language: str, builder: "Builder", name: str, source: dict[str, Any]
) -> InspectedJsonata | InspectedJsonPath:
    """The fields of a state, and the stages that can be seen."""
    return INSPECTED[language](builder, name, source, "")


def seen(stages: dict[str, Stage], scope: Scope) -> dict[str, JsonValue]:
    """What the stages come to, up to the first that fails."""
    found: dict[str, JsonValue] = {}
    for stage, evaluate in stages.items():
        try:
            found[stage] = evaluate(scope)
        except StateFailure:
            break
    return found
