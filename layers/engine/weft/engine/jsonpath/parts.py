"""The fields of a state that speaks JSONPath, under the names by which state types ask for them.

Data flows as the States Language says: raw input → InputPath → Parameters → the work →
ResultSelector → ResultPath (into the raw input) → OutputPath.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from weft.engine.errors import Problem, StateFailure
from weft.engine.json import JsonValue, to_json
from weft.engine.jsonpath.errors import PathMissing, PathSyntaxError
from weft.engine.jsonpath.fields import Constant, Pointed, WaitSeconds, WaitTimestamp
from weft.engine.jsonpath.path import compile_path
from weft.engine.jsonpath.reference import put
from weft.engine.jsonpath.rules import compile_rule
from weft.engine.jsonpath.template import RUNTIME, Read, compile_template, path_reader, reader
from weft.engine.parts import Field, StateParts
from weft.engine.scope import Scope
from weft.engine.template import Template

if TYPE_CHECKING:
    from weft.engine.machine import Builder

MISMATCH: Final = "States.ResultPathMatchFailure"
# JSONata's name of a field → the names it has here, of which a state uses one.
NAMES: Final = {"Arguments": ("Parameters",), "ItemSelector": ("ItemSelector", "Parameters")}
WITH_RESULT: Final = frozenset({"Task", "Map", "Parallel", "Pass"})


class JsonPathParts(StateParts):
    """Finds Parameters for Arguments, ItemsPath for Items, `…Path` for any typed field."""

    field_error = RUNTIME

    def __init__(self, builder: "Builder", name: str, source: dict[str, Any], at: str) -> None:
        super().__init__(builder, name, source, at)
        self._effective = self._path_field("InputPath", lambda document, scope: scope.input)
        self._flow = self._output()

    def output(self) -> Template | None:
        """ResultSelector, ResultPath and OutputPath, as far as the type has them."""
        return self._flow

    def _output(self) -> Template | None:
        read = self._result_reader()
        if self.source["Type"] in WITH_RESULT:
            read = self._placed(read, self.source)
        if "OutputPath" in self.source:
            before = read
            select = self._path_field("OutputPath", lambda document, scope: document)
            read = lambda document, scope: select(before(document, scope), scope)  # noqa: E731
        fields = self.source.keys() & {
            "InputPath", "Parameters", "Result", "ResultSelector", "ResultPath", "OutputPath"
        }  # fmt: skip
        return self._template(read) if fields else None

    def template(self, field: str, holder: str = "") -> Template | None:
        """A payload template over the effective input."""
        source = self.holder(holder)
        for name in NAMES.get(field, (field,)):
            if name in source:
                return self._template(self._payload(source[name], name, self._effective))
        if field == "Arguments" and not holder and "InputPath" in self.source:
            return self._template(self._effective)
        return None

    def typed(self, field: str, kind: str, holder: str = "") -> Field | None:
        """The value of a field, or what its `…Path` points at."""
        source = self.holder(holder)
        if field == "Items":
            text = source.get("ItemsPath", "$")
            return self._pointed(text, "ItemsPath", kind)
        if field in source:
            return Constant(source[field])
        name = f"{field}Path"
        return self._pointed(source[name], name, kind) if name in source else None

    def items_of_document(self) -> Read | None:
        """What ItemsPath selects in the document that an ItemReader gives."""
        if "ItemsPath" not in self.source:
            return None
        try:
            return path_reader(compile_path(self.source["ItemsPath"]), "ItemsPath")
        except PathSyntaxError:  # told of where the items are asked for
            return None

    def assignments(self, source: dict[str, Any], path: str) -> dict[str, Template] | None:
        """The variables; `$` is the result, the error output, or the effective input."""
        if "Assign" not in source:
            return None
        about = self._error_output if path.startswith("Catch") else self._unselected
        return {
            name.removesuffix(".$"): self._member(name, value, about)
            for name, value in source["Assign"].items()
        }

    def condition(self, rule: dict[str, Any], path: str) -> Field:
        """The comparisons of a choice rule over the effective input."""
        effective = self._effective
        try:
            test = compile_rule(rule)
        except PathSyntaxError as error:
            self._say(path, str(error))
            return Constant(False)
        return _Condition(lambda scope: test(effective(None, scope), scope))

    def rule_output(self, rule: dict[str, Any], path: str) -> Template | None:
        """Rules have none of their own."""
        return self._flow

    def catch_output(self, entry: dict[str, Any], path: str) -> Template | None:
        """The error output, placed by the catcher's ResultPath."""
        if "ResultPath" not in entry:
            return None
        return self._template(self._place(self._error_output, entry["ResultPath"], path))

    @staticmethod
    def _error_output(document: JsonValue, scope: Scope) -> JsonValue:
        return scope.given("errorOutput")

    def _result_reader(self) -> Read:
        """What the state comes to, before any ResultSelector."""
        kind = self.source["Type"]
        if kind in ("Task", "Map", "Parallel"):
            self._unselected: Read = lambda document, scope: scope.given("result")
        elif kind == "Pass" and "Result" in self.source:
            value = self.source["Result"]
            self._unselected = lambda document, scope: value
        elif kind == "Pass" and "Parameters" in self.source:
            self._unselected = self._payload(
                self.source["Parameters"], "Parameters", self._effective
            )
        else:
            self._unselected = self._effective
        if "ResultSelector" in self.source:
            return self._payload(self.source["ResultSelector"], "ResultSelector", self._unselected)
        return self._unselected

    def _placed(self, read: Read, source: dict[str, Any]) -> Read:
        return self._place(read, source["ResultPath"], "") if "ResultPath" in source else read

    def _place(self, read: Read, text: str | None, at: str) -> Read:
        if text is None:
            return lambda document, scope: scope.input
        try:
            path = compile_path(text)
        except PathSyntaxError as error:
            self._say(f"{at}/ResultPath" if at else "ResultPath", str(error))
            return read
        if path.root != "$" or not path.is_reference:
            where = f"{at}/ResultPath" if at else "ResultPath"
            self._say(where, f"'ResultPath' must be a Reference Path, not '{text}'")

        def placed(document: JsonValue, scope: Scope) -> JsonValue:
            value = read(document, scope)
            try:
                return put(scope.input, path, value)
            except PathMissing as error:
                raise StateFailure(
                    MISMATCH,
                    f"Unable to apply ReferencePath {text} to input "
                    f"{to_json(scope.input).decode()}",
                    "ResultPath",
                ) from error

        return placed

    def _path_field(self, name: str, default: Read) -> Read:
        """InputPath or OutputPath over what `default` gives; null stands for `{}`."""
        if name not in self.source:
            return default
        text = self.source[name]
        if text is None:
            return lambda document, scope: {}
        try:
            read = path_reader(compile_path(text), name)
        except PathSyntaxError as error:
            self._say(name, str(error))
            return default
        return lambda document, scope: read(default(document, scope), scope)

    def _payload(self, value: JsonValue, field: str, about: Read) -> Read:
        try:
            read = compile_template(value, field)
        except PathSyntaxError as error:
            self._say(field, str(error))
            read = None
        if read is None:
            return lambda document, scope: value
        return lambda document, scope: read(about(document, scope), scope)

    def _member(self, name: str, value: JsonValue, about: Read) -> Template:
        if not name.endswith(".$"):
            return self._template(self._payload(value, name, about))
        try:
            read = reader(value, name)
        except PathSyntaxError as error:
            self._say("Assign", f"The value for the field '{name}' must be a valid JSONPath or a "
                                f"valid intrinsic function call ({error})")  # fmt: skip
            return self._template(lambda document, scope: None)
        return self._template(lambda document, scope: read(about(document, scope), scope))

    def _pointed(self, text: str, name: str, kind: str) -> Field:
        try:
            if self.source["Type"] == "Wait":
                path = compile_path(text)
                of = WaitSeconds if name == "SecondsPath" else WaitTimestamp
                return of(path, self._effective)
            if self.source["Type"] != "Fail":
                compile_path(text)
            return Pointed(reader(text, name), self._effective, text, name, kind)
        except PathSyntaxError as error:
            self._say(name, str(error))
            return Constant(None)

    def _say(self, field: str, message: str) -> None:
        where = field.replace("[", "/").replace("]", "")
        self.builder.problems.append(Problem(self.name, f"{self.location}/{where}", message))

    @staticmethod
    def _template(read: Read) -> Template:
        return Template(lambda scope: read(None, scope), [])


class _Condition:
    """A choice rule as a field."""

    def __init__(self, evaluate: Callable[[Scope], bool]) -> None:
        self.evaluate = evaluate
