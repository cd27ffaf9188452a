"""Which fields a state may have: by its type, and by the query language that it speaks."""

from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, JSONPATH, Machine, State

_ANY = frozenset({"Type", "Comment", "QueryLanguage"})
_ON = frozenset({"Next", "End", "Assign"})
_ERRORS = frozenset({"Retry", "Catch"})
_BOTH: dict[str, frozenset[str]] = {
    "Pass": _ANY | _ON,
    "Succeed": _ANY,
    "Fail": _ANY | {"Error", "Cause"},
    "Choice": _ANY | {"Choices", "Default", "Assign"},
    "Wait": _ANY | _ON | {"Seconds", "Timestamp"},
    "Task": _ANY | _ON | _ERRORS
    | {"Resource", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"},
    "Parallel": _ANY | _ON | _ERRORS | {"Branches"},
    "Map": _ANY | _ON | _ERRORS
    | {"ItemProcessor", "Iterator", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter",
       "MaxConcurrency", "Label", "ToleratedFailureCount", "ToleratedFailurePercentage"},
}  # fmt: skip
_JSONATA: dict[str, frozenset[str]] = {
    "Pass": frozenset({"Output"}),
    "Succeed": frozenset({"Output"}),
    "Fail": frozenset(),
    "Choice": frozenset({"Output"}),
    "Wait": frozenset({"Output"}),
    "Task": frozenset({"Arguments", "Output"}),
    "Parallel": frozenset({"Arguments", "Output"}),
    "Map": frozenset({"Items", "Output"}),
}
_PATHS = frozenset({"InputPath", "OutputPath"})
_SHAPED = _PATHS | {"Parameters", "ResultPath", "ResultSelector"}
_JSONPATH: dict[str, frozenset[str]] = {
    "Pass": _PATHS | {"Parameters", "ResultPath", "Result"},
    "Succeed": _PATHS,
    "Fail": frozenset({"ErrorPath", "CausePath"}),
    "Choice": _PATHS,
    "Wait": _PATHS | {"SecondsPath", "TimestampPath"},
    "Task": _SHAPED | {"TimeoutSecondsPath", "HeartbeatSecondsPath"},
    "Parallel": _SHAPED,
    "Map": _SHAPED | {"ItemsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath",
                      "ToleratedFailurePercentagePath"},
}  # fmt: skip


def fields(machine: Machine) -> Iterator[Finding]:
    """Of the other language's fields it is said that they are."""
    for state in machine.states():
        if state.type in _BOTH and state.language in (JSONATA, JSONPATH):
            yield from _state(state)


def _state(state: State) -> Iterator[Finding]:
    own, other = (_JSONATA, _JSONPATH) if state.language == JSONATA else (_JSONPATH, _JSONATA)
    allowed = _BOTH[state.type] | own[state.type]
    elsewhere = frozenset[str]().union(*other.values())
    for key in state.source:
        if key in allowed:
            continue
        where = f"{state.path}/{key}"
        if key in elsewhere and key not in frozenset[str]().union(*own.values()):
            message = f"the field {key!r} is not supported when 'QueryLanguage' is {state.language}"
            yield Finding("ASL161", where, message)
        else:
            yield Finding("ASL162", where, f"a {state.type} state has no field {key!r}")
