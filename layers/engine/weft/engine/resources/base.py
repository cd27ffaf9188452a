"""What a Task needs to know of a service call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weft.engine.errors import StateFailure
from weft.engine.execution import Execution
from weft.engine.json import JsonValue
from weft.engine.run import Run
from weft.engine.scope import Scope
from weft.engine.template import Template

if TYPE_CHECKING:
    from weft.engine.inside import InsideCalls


class BadArguments(Exception):
    """The arguments of a call are not what the service takes; the message says what it takes."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is journalled before anything is sent: function (or machine) and payload."""

    function: str
    payload: JsonValue
    name: str | None = None  # of a nested execution

    def journalled(self) -> dict[str, JsonValue]:
        """As JSON in the frame's snapshot."""
        saved: dict[str, JsonValue] = {"f": self.function, "p": self.payload}
        if self.name is not None:
            saved["n"] = self.name
        return saved


@dataclass(frozen=True, slots=True)
class Resource:
    """One service call in one of its integration patterns."""

    text: str  # as the definition writes it
    service: str  # `lambda` or `states`
    action: str
    waits_for_token: bool = False
    waits_for_run: bool = False
    events: str = "Task"  # prefix of the history events
    inside: bool = False  # the engine answers the call itself, in `act`

    @property
    def called(self) -> str:
        """What a cause names: the service, or the function itself."""
        return self.service if self.events == "Task" else self.text

    @property
    def starts_run(self) -> bool:
        """Whether the call starts an execution of another machine."""
        return False

    @property
    def polled(self) -> bool:
        """Whether the call goes to nobody, but is asked for by workers."""
        return False

    def execution_name(self, given: str | None) -> tuple[str, bool]:
        """What the execution it starts is called, and whether nobody else can have that name."""
        raise NotImplementedError

    def ended(self, row: Execution) -> tuple[JsonValue, StateFailure | None]:
        """What the state sees of an execution that it waited for, or how it fails."""
        raise NotImplementedError

    def parameters(self, call: dict[str, Any]) -> JsonValue:
        """What the history shows of a journalled call."""
        return call["p"]

    def describe(self) -> dict[str, Any]:
        """The members all its events share."""
        if self.events != "Task":
            return {"resource": self.text}
        pattern = ".waitForTaskToken" if self.waits_for_token else ""
        if self.waits_for_run and ".sync" in self.text:
            pattern = self.text[self.text.index(".sync") :]
        return {"resourceType": self.service, "resource": self.action + pattern}

    def act(self, calls: "InsideCalls", run: Run, payload: Any) -> JsonValue:
        """Do what a journalled call says, in memory; gives its result. Raises StateFailure."""
        raise NotImplementedError

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """Work out what to send. Raises BadArguments, StateFailure."""
        raise NotImplementedError

    def sent(self, payload: JsonValue, execution_input: Callable[[], JsonValue]) -> JsonValue:
        """What the handler is given: the payload, unless the service needs to know for whom."""
        return payload

    def result(self, value: JsonValue) -> JsonValue:
        """What the state sees of the function's answer."""
        return value

    def check(self, source: dict[str, Any]) -> list[str]:
        """What is wrong with a Task's Arguments before anything runs."""
        return []
