"""What a state is compiled from: its fields, read in the state's query language."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from weft.engine.json import JsonValue
from weft.engine.scope import Scope
from weft.engine.template import QUERY_ERROR, Template, TemplateCompiler, TypedField

if TYPE_CHECKING:
    from weft.engine.machine import Block, Builder


class Field(Protocol):
    """A field whose value has a type."""

    def evaluate(self, scope: Scope) -> Any:
        """The value. Raises StateFailure when it is missing or of another type."""
        ...


@dataclass(frozen=True, slots=True)
class Retrier:
    """One entry of Retry."""

    errors: frozenset[str]
    interval: float = 1.0
    attempts: int = 3
    backoff: float = 2.0
    longest: float | None = None
    jitter: bool = False


@dataclass(frozen=True, slots=True)
class Catcher:
    """One entry of Catch."""

    errors: frozenset[str]
    next: str
    output: Template | None
    assign: dict[str, Template] | None


class StateParts(ABC):
    """What every state has in common, and the means to compile the rest of it.

    State types ask for fields by their JSONata names; another language finds its own for them.
    """

    field_error: str  # what a state fails with when a field's value is out of range

    def __init__(self, builder: "Builder", name: str, source: dict[str, Any], at: str) -> None:
        self.builder = builder
        self.name = name
        self.source = source
        self.location = at
        self.next: str | None = source.get("Next")
        self.retriers = [_retrier(r) for r in source.get("Retry", [])]

    @abstractmethod
    def output(self) -> Template | None:
        """How the state's output comes about, or None where it is what the type gives."""

    @abstractmethod
    def template(self, field: str, holder: str = "") -> Template | None:
        """The template of a field (of the state, or of an object in it), or None if absent."""

    @abstractmethod
    def typed(self, field: str, kind: str, holder: str = "") -> Field | None:
        """A field whose value must be an `integer`, `number`, `string`, `boolean` or `array`."""

    @abstractmethod
    def assignments(self, source: dict[str, Any], path: str) -> dict[str, Template] | None:
        """The variables that the Assign at a path sets, or None."""

    @abstractmethod
    def condition(self, rule: dict[str, Any], path: str) -> Field:
        """Whether a choice rule holds."""

    @abstractmethod
    def rule_output(self, rule: dict[str, Any], path: str) -> Template | None:
        """The output where a choice rule holds."""

    @abstractmethod
    def catch_output(self, entry: dict[str, Any], path: str) -> Template | None:
        """The output where a catcher takes over."""

    def items_of_document(self) -> "Callable[[JsonValue, Scope], JsonValue] | None":
        """Where in a document that an ItemReader gives the items are, or None: it is the items."""
        return None

    def holder(self, path: str) -> dict[str, Any]:
        """The object in the state at a path such as `ItemReader/ReaderConfig`; empty if absent."""
        found = self.source
        for name in path.split("/") if path else ():
            found = found.get(name, {})
        return found

    def catchers(self) -> list[Catcher]:
        """The entries of Catch."""
        return [self._catcher(c, f"Catch[{i}]") for i, c in enumerate(self.source.get("Catch", []))]

    def block(self, source: dict[str, Any], path: str) -> "Block":
        """The states of a branch or an item processor."""
        return self.builder.block(source, f"{self.location}/{path}")

    def _catcher(self, entry: dict[str, Any], path: str) -> Catcher:
        return Catcher(
            frozenset(entry["ErrorEquals"]),
            entry["Next"],
            self.catch_output(entry, path),
            self.assignments(entry, path),
        )


class JsonataParts(StateParts):
    """The fields of a state that speaks JSONata."""

    field_error = QUERY_ERROR

    def __init__(self, builder: "Builder", name: str, source: dict[str, Any], at: str) -> None:
        super().__init__(builder, name, source, at)
        self._templates = TemplateCompiler(builder.jsonata, name, at)

    def output(self) -> Template | None:
        """The template Output."""
        return self.template("Output")

    def template(self, field: str, holder: str = "") -> Template | None:
        """The template of that name."""
        source = self.holder(holder)
        path = f"{holder}/{field}" if holder else field
        return self._compile(source[field], path) if field in source else None

    def typed(self, field: str, kind: str, holder: str = "") -> Field | None:
        """The template of that name, with a look at its value."""
        made = self.template(field, holder)
        if made is None:
            return None
        path = f"{holder}/{field}" if holder else field
        return TypedField(made, self.holder(holder)[field], path, kind)

    def assignments(self, source: dict[str, Any], path: str) -> dict[str, Template] | None:
        """One template for each variable."""
        if "Assign" not in source:
            return None
        where = f"{path}/Assign" if path else "Assign"
        return {k: self._compile(v, f"{where}/{k}") for k, v in source["Assign"].items()}

    def condition(self, rule: dict[str, Any], path: str) -> Field:
        """The expression Condition."""
        made = self._compile(rule["Condition"], f"{path}/Condition")
        return TypedField(made, rule["Condition"], f"{path}/Condition", "boolean")

    def rule_output(self, rule: dict[str, Any], path: str) -> Template | None:
        """The rule's own Output."""
        return self._compile(rule["Output"], f"{path}/Output") if "Output" in rule else None

    def catch_output(self, entry: dict[str, Any], path: str) -> Template | None:
        """The catcher's own Output."""
        return self.rule_output(entry, path)

    def _compile(self, value: JsonValue, path: str) -> Template:
        made = self._templates.compile(value, path)
        self.builder.problems += self._templates.problems
        self._templates.problems = []
        return made


def _retrier(source: dict[str, Any]) -> Retrier:
    return Retrier(
        frozenset(source["ErrorEquals"]),
        source.get("IntervalSeconds", 1),
        source.get("MaxAttempts", 3),
        source.get("BackoffRate", 2.0),
        source.get("MaxDelaySeconds"),
        source.get("JitterStrategy") == "FULL",
    )
