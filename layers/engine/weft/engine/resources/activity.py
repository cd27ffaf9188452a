"""An activity: a task that waits until a worker asks for work, and then for its answer."""

import re
from dataclasses import dataclass
from typing import Final

from weft.engine.json import JsonValue
from weft.engine.resources.base import Call, Resource
from weft.engine.scope import Scope
from weft.engine.template import Template

ACTIVITY: Final = re.compile(
    r"arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{12}:activity:[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/]{1,80}\Z"
)


@dataclass(frozen=True, slots=True)
class Activity(Resource):
    """Arguments, or the state's input, are what the worker is given."""

    @property
    def polled(self) -> bool:
        """Always."""
        return True

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """The activity's ARN, and Arguments or the state's input."""
        return Call(self.text, default if arguments is None else arguments.evaluate(scope))


def activity(text: str) -> Activity:
    """The activity of an ARN."""
    return Activity(text, "states", "activity", waits_for_token=True, events="Activity")
