"""TestState: one state, here and now."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from weft.domain.errors import Invalid
from weft.engine.errors import DefinitionInvalid, StateFailure
from weft.engine.json import JsonValue, from_json, to_json
from weft.engine.jsonata_fast import shared
from weft.engine.test_state import Mock, Trial, Tried, test_state
from weft.stepfunctions.definitions import invalid_definition, read_definition
from weft.stepfunctions.members import JSON_TEXT, THING, Member, check, text, word
from weft.stepfunctions.mocks import check_result
from weft.stepfunctions.refusals import invalid
from weft.stepfunctions.service import Service
from weft.stepfunctions.texts import read_json, text_of

ALONE: Final = "StateName"  # what the service calls a state that is given by itself
_MOCKABLE: Final = frozenset({"Task", "Map", "Parallel"})
_CONTEXT: Final = frozenset({"Execution", "State", "StateMachine", "Task"})
_WAITING: Final = (".waitForTaskToken", ".sync", ".sync:2")

_MOCK: Final = {
    "result": JSON_TEXT,
    "errorOutput": THING,
    "fieldValidationMode": word("STRICT", "PRESENT", "NONE"),
}
_SETTINGS: Final = {
    "retrierRetryCount": Member(int),
    "errorCausedByState": text(1, 80),
    "mapIterationFailureCount": Member(int),
    "mapItemReaderData": JSON_TEXT,
}


async def test(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    """TestState."""
    trial = _with_mock(_located(request), request)
    trial = replace(
        trial,
        variables=_object(request, "variables"),
        context=_context(trial.source, request),
    )
    try:
        tried = await test_state(trial, jsonata=shared(), invoke=service.invoke, names=service.arns)
    except DefinitionInvalid as error:
        raise invalid_definition(str(error)) from error
    except Invalid as error:
        raise invalid(str(error)) from error
    return _shown(tried, request.get("inspectionLevel", "INFO"))


def _located(request: dict[str, Any]) -> Trial:
    """The state that is meant, from a whole machine or given by itself."""
    value = _input(request)
    found = from_json(request["definition"]) if _is_json(request["definition"]) else None
    name = request.get("stateName")
    alone = isinstance(found, dict) and "States" not in found and name is None
    whole = _as_machine(found) if alone and isinstance(found, dict) else request["definition"]
    definition = read_definition(whole, "STANDARD")
    wanted = ALONE if alone else name
    if wanted is None:
        raise invalid("'stateName' is needed where the definition is a whole state machine")
    for scope, language in _scopes(definition, definition.get("QueryLanguage", "JSONPath")):
        if wanted in scope["States"]:
            return Trial(wanted, scope["States"][wanted], value, language)
    raise invalid(f"State '{wanted}' is not in the definition")


def _is_json(text: str) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True


def _as_machine(state: dict[str, Any]) -> str:
    """A machine around one state: whatever it leads to is there, and does nothing."""
    entries = [state]
    for member in ("Choices", "Catch"):
        listed = state.get(member)
        entries += [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    targets = {e.get("Next") for e in entries} | {state.get("Default")}
    states: dict[str, Any] = {ALONE: state}
    states |= {t: {"Type": "Succeed"} for t in targets if isinstance(t, str) and t != ALONE}
    return to_json({"StartAt": ALONE, "States": states}).decode()


def _scopes(scope: dict[str, Any], language: str) -> Iterator[tuple[dict[str, Any], str]]:
    yield scope, scope.get("QueryLanguage", language)
    for state in scope["States"].values():
        inner = [state[k] for k in ("ItemProcessor", "Iterator") if k in state]
        for block in [*inner, *state.get("Branches", [])]:
            yield from _scopes(block, block.get("QueryLanguage", language))


def _with_mock(trial: Trial, request: dict[str, Any]) -> Trial:
    """The trial with its mock and what goes with it. Raises Refused."""
    given, kind = request.get("mock"), trial.source["Type"]
    if given is None:
        if kind in ("Map", "Parallel"):
            raise invalid_definition_plain(
                "TestState API does not support Map or Parallel states. Supported state types "
                "include: [Task, Wait, Pass, Succeed, Fail, Choice]"
            )
        return trial
    check(given, _MOCK)
    if request.get("revealSecrets"):
        raise invalid("TestState does not support RevealSecrets when a mock is specified.")
    if {"result", "errorOutput"} <= given.keys():
        raise invalid(
            "A test mock should have only one of the following fields: [result, errorOutput]."
        )
    if kind not in _MOCKABLE:
        raise invalid(f"State type '{kind}' is not supported when a mock is specified")
    settings = request.get("stateConfiguration") or {}
    check(settings, _SETTINGS)
    reader = settings.get("mapItemReaderData")
    return replace(
        trial,
        mock=_mock(trial.source, given),
        retried=settings.get("retrierRetryCount") or 0,
        failed_iterations=settings.get("mapIterationFailureCount") or 0,
        read_items=_items(reader) if reader is not None else None,
    )


def invalid_definition_plain(message: str) -> Any:
    """InvalidDefinition without the usual words in front."""
    refused = invalid_definition(message)
    refused.message = message
    return refused


def _items(text: str) -> list[JsonValue]:
    found = read_json(text, "ValidationException", "mapItemReaderData must be valid JSON")
    return found if isinstance(found, list) else list(found) if isinstance(found, dict) else []


def _mock(source: dict[str, Any], given: dict[str, Any]) -> Mock:
    if "errorOutput" in given:
        told = given["errorOutput"] or {}
        check(told, {"error": text(0, 256), "cause": text(0, 32_768)})
        return Mock(failure=StateFailure(told.get("error"), told.get("cause"), inner=True))
    try:
        result = from_json(given.get("result") or "{}")
    except ValueError as error:
        raise invalid("Mocked result must be valid JSON") from error
    kind = source["Type"]
    if kind == "Map" and "ResultWriter" in source:
        if not isinstance(result, dict):
            raise invalid("Mocked result must be a JSON object.")
    elif kind in ("Map", "Parallel") and not isinstance(result, list):
        raise invalid("Mocked result must be an array.")
    if kind == "Parallel" and len(result) != len(source["Branches"]):
        raise invalid(
            "Mocked result must contain the same number of items as number of Parallel branches."
        )
    if kind == "Task":
        check_result(source["Resource"], result, given.get("fieldValidationMode", "STRICT"))
    return Mock(result)


def _context(source: dict[str, Any], request: dict[str, Any]) -> dict[str, Any] | None:
    if "context" not in request:
        return None
    context = _object(request, "context")
    wrong = "Invalid Context object provided:"
    if "Map" in context:
        raise invalid(f"{wrong} 'Map' field is not supported when mocking a Context object")
    for member in context:
        if member not in _CONTEXT:
            raise invalid(f"{wrong} Field '{member}' is not allowed")
    waits = source["Type"] == "Task" and str(source["Resource"]).endswith(_WAITING)
    if "Task" in context and not waits:
        raise invalid(
            f"{wrong} Context object contains 'Task' when state is not a Task state with a "
            "'.sync' or '.waitForTaskToken' service integration pattern"
        )
    return context


def _object(request: dict[str, Any], member: str) -> dict[str, Any]:
    found = read_json(request.get(member, "{}"), "ValidationException", f"Invalid {member}")
    if not isinstance(found, dict):
        raise invalid(f"'{member}' must be a JSON object")
    return found


def _input(request: dict[str, Any]) -> JsonValue:
    return read_json(
        request.get("input", "{}"), "InvalidExecutionInput", "Invalid State Machine Execution Input"
    )


def _shown(tried: Tried, level: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"status": tried.status}
    if tried.has_output:
        shown["output"] = text_of(tried.output)
    for member, value in (
        ("nextState", tried.next), ("error", tried.error), ("cause", tried.cause)
    ):  # fmt: skip
        if value is not None:
            shown[member] = value
    if level != "INFO":
        stages = {stage: text_of(value) for stage, value in tried.stages.items()}
        shown["inspectionData"] = stages | tried.details
    return shown
