"""Definitions with one thing wrong each; the verifier says which, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from weft.asl.verify.jsonata import variables_in
from weft.asl.verify.verify import verify
from weft.engine.jsonata import JsonataSyntaxError
from weft.engine.jsonata_fast import shared

ROOT = Path(__file__).parents[2]
GOLDENS = sorted((ROOT / "statemachines/golden").rglob("*.asl.json"))
VERDICTS = ROOT.parent / "shared/asl_conformance/validation.jsonl"
CALL = "arn:aws:states:::lambda:invoke"
END: dict[str, Any] = {"Type": "Pass", "End": True}


def syntax(text: str) -> str | None:
    try:
        shared().compile(text)
    except JsonataSyntaxError as error:
        return str(error)
    return None


def machine(*listed: dict[str, Any], **states: dict[str, Any]) -> dict[str, Any]:
    """States in a row, `s0` first; those with a name are there besides."""
    made = {f"s{k}": dict(state) for k, state in enumerate(listed)}
    for k, state in enumerate(made.values()):
        leads_on = state["Type"] in ("Succeed", "Fail", "Choice") or {"Next", "End"} & state.keys()
        if not leads_on:
            state.update({"Next": f"s{k + 1}"} if k + 1 < len(made) else {"End": True})
    return {"QueryLanguage": "JSONata", "StartAt": "s0", "States": {**made, **states}}


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": CALL, "Arguments": {"FunctionName": "f"}, **fields}


def catch(*names: list[str]) -> list[dict[str, Any]]:
    return [{"ErrorEquals": found, "Next": "s1"} for found in names]


def body(*states: dict[str, Any], distributed: bool = False, **named: Any) -> dict[str, Any]:
    made = machine(*states, **named)
    inner = {f"in {k}": v for k, v in made["States"].items()}
    for state in inner.values():
        if "Next" in state:
            state["Next"] = f"in {state['Next']}"
    mode = "DISTRIBUTED" if distributed else "INLINE"
    return {"ProcessorConfig": {"Mode": mode}, "StartAt": "in s0", "States": inner}


def over(*states: dict[str, Any], distributed: bool = False, **fields: Any) -> dict[str, Any]:
    found = body(*states, distributed=distributed)
    return {"Type": "Map", "Items": [1], "ItemProcessor": found, **fields}


PASS: dict[str, Any] = {"Type": "Pass"}
READ_X = {"Type": "Pass", "Output": "{% $x %}"}
SET_X = {"Type": "Pass", "Assign": {"x": 1}}


def choice(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": list(rules), **fields}


def rule(to: str, **fields: Any) -> dict[str, Any]:
    return {"Condition": "{% $states.input.n = 1 %}", "Next": to, **fields}


def compare(**comparison: Any) -> dict[str, Any]:
    return {"Variable": "$.a", **comparison}


def paths(rule: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine in JSONPath: a choice with one rule, or a state with the fields."""
    state = {"Type": "Choice", "Choices": [{**rule, "Next": "s1"}], **fields}
    if state["Type"] != "Choice":
        del state["Choices"]
        return {"StartAt": "s0", "States": {"s0": state}}
    return {"StartAt": "s0", "States": {"s0": state, "s1": END}}


def reads(**config: Any) -> dict[str, Any]:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config}
    return over(PASS, distributed=True, ItemReader=reader)


WRONG: dict[str, tuple[list[str], dict[str, Any]]] = {
    "nothing": ([], machine(SET_X, READ_X)),
    "no start": (["ASL011"], {"States": {"a": END}}),
    "no states": (["ASL012", "ASL040"], {"StartAt": "a", "States": {}}),
    "a state that is a list": (["ASL013"], machine(PASS, x=[])),  # type: ignore[arg-type]
    "an unknown type": (["ASL014"], machine({"Type": "Loop", "End": True})),
    "a task that calls nothing": (["ASL015"], machine({"Type": "Task"})),
    "no branches": (["ASL016"], machine({"Type": "Parallel", "Branches": []})),
    "a body that is no object": (
        ["ASL018"], machine({"Type": "Map", "Items": [1], "ItemProcessor": 3})),
    "a branch that is no object": (
        ["ASL018"], machine({"Type": "Parallel", "Branches": [3]})),
    "a JSONPath state in JSONata": (["ASL021"], machine({**PASS, "QueryLanguage": "JSONPath"})),
    "a language that is none": (["ASL020"], machine({**PASS, "QueryLanguage": "SQL"})),
    "a long name": (["ASL030"], machine({**PASS, "Next": "x" * 81}, **{"x" * 81: END})),
    "a name in a branch again": (
        ["ASL031"], machine(over(PASS), {**PASS, "Next": "in s0"}, **{"in s0": END}),
    ),
    "a start that is no state": (["ASL040"], {**machine(PASS), "StartAt": "s7"}),
    "a target that is no state": (["ASL041"], machine(choice(rule("s7"), Default="s1"), PASS)),
    "a target outside of the branch": (
        ["ASL041", "ASL051"],
        machine({"Type": "Parallel", "Branches": [
            {"StartAt": "b", "States": {"b": {**PASS, "Next": "s1"}}}]}, PASS),
    ),
    "to go on and to end": (["ASL042"], machine({**PASS, "Next": "s1", "End": True}, PASS)),
    "a state nothing leads to": (["ASL050"], machine(PASS, alone=END)),
    "no end": (["ASL051"], machine({**PASS, "Next": "s1"}, {**PASS, "Next": "s0"})),
    "a Catch that is no list": (["ASL060"], machine(task(Catch={}), PASS)),
    "a Catch of nothing": (["ASL061"], machine(task(Catch=catch([])), PASS)),
    "everything with something": (
        ["ASL062"], machine(task(Catch=catch(["A", "States.ALL"])), PASS),
    ),
    "everything first": (["ASL063"], machine(task(Catch=catch(["States.ALL"], ["A"])), PASS)),
    "a retry before no time": (
        ["ASL064"], machine(task(Retry=[{"ErrorEquals": ["A"], "IntervalSeconds": 0}])),
    ),
    "a back-off that speeds up": (
        ["ASL065"], machine(task(Retry=[{"ErrorEquals": ["A"], "BackoffRate": 0.5}])),
    ),
    "a jitter that is none": (
        ["ASL066"], machine(task(Retry=[{"ErrorEquals": ["A"], "JitterStrategy": "SOME"}])),
    ),
    "a rule without a test": (["ASL070"], machine(choice({"Next": "s1"}, Default="s1"), PASS)),
    "a wait for nothing": (["ASL080"], machine({"Type": "Wait"})),
    "a wait until no time": (
        ["ASL081"], machine({"Type": "Wait", "Timestamp": "2016-13-01T00:00:00Z"}),
    ),
    "a negative wait": (["ASL090"], machine({"Type": "Wait", "Seconds": -1})),
    "a heartbeat after the end": (
        ["ASL091"], machine(task(TimeoutSeconds=5, HeartbeatSeconds=5)),
    ),
    "a call that is none": (["ASL101"], machine(task(Resource="arn:aws:states:::dynamodb:query"))),
    "a token nobody gives": (
        ["ASL102"], machine(task(Resource="arn:aws:states:::http:invoke.waitForTaskToken")),
    ),
    "credentials without a role": (["ASL103"], machine(task(Credentials={}))),
    "an empty expression": (["ASL120"], machine({**PASS, "Output": "{% %}"})),
    "an expression that is none": (["ASL121"], machine({**PASS, "Output": "{% 1 + %}"})),
    "a result before the call": (
        ["ASL140"], machine(task(Arguments={"FunctionName": "{% $states.result.f %}"})),
    ),
    "a result of no call": (["ASL140"], machine({**PASS, "Output": "{% $states.result %}"})),
    "an error that is none": (["ASL141"], machine(task(Output="{% $states.errorOutput %}"))),
    "to assign nothing": (["ASL150"], machine({**PASS, "Assign": []})),
    "to assign what is reserved": (["ASL151"], machine({**PASS, "Assign": {"states": 1}})),
    "a variable with a dot": (["ASL152"], machine({**PASS, "Assign": {"a.b": 1}})),
    "a variable with a long name": (["ASL152"], machine({**PASS, "Assign": {"a" * 81: 1}})),
    "to assign outwards": (["ASL153"], machine(SET_X, over(SET_X))),
    "to assign what comes later outside": (["ASL153"], machine(over(SET_X), SET_X)),
    "a variable nobody assigns": (["ASL160"], machine(READ_X)),
    "a variable of one way only": (
        ["ASL160"], machine(choice(rule("s1"), Default="s2"), SET_X, READ_X),
    ),
    "a variable that one rule assigns": (
        ["ASL160"], machine(choice(rule("s1", Assign={"x": 1}), Default="s1"), READ_X),
    ),
    "a variable that the caught way lacks": (
        ["ASL160"], machine(task(Assign={"x": 1}, Catch=catch(["States.ALL"])), READ_X),
    ),
    "a variable read where it is assigned": (
        ["ASL160"], machine({**PASS, "Assign": {"x": "{% $x %}"}}),
    ),
    "a variable of an iteration": (["ASL160"], machine(over(SET_X), READ_X)),
    "an outer variable in a distributed map": (
        ["ASL160"], machine(SET_X, over(READ_X, distributed=True)),
    ),
    "a field of the other language": (["ASL161"], machine({**PASS, "ResultPath": "$"})),
    "a field that is none": (["ASL162"], machine({**PASS, "Retry": []})),
    "a comparison with nothing": (["ASL071"], paths(compare())),
    "two comparisons": (["ASL071"], paths(compare(IsNull=True, IsString=True))),
    "an empty conjunction": (["ASL071"], paths({"And": []})),
    "an inner rule that is none": (["ASL071"], paths({"Not": 1})),
    "a comparison of no path": (["ASL072"], paths({"Variable": "x", "IsNull": True})),
    "a text as a number": (["ASL073"], paths(compare(NumericEquals="1"))),
    "a boolean as a number": (["ASL073"], paths(compare(NumericEquals=True))),
    "a path that is none": (["ASL073"], paths(compare(StringEqualsPath="x"))),
    "an input path of two": (["ASL131"], paths(compare(IsNull=True), InputPath=["$"])),
    "a value and its path": (
        ["ASL132"], paths({}, Type="Map", ItemProcessor=body(PASS) | {"QueryLanguage": "JSONPath"},
                          MaxConcurrency=1, MaxConcurrencyPath="$.m", End=True),
    ),
    "a reader that is a text": (["ASL170"], machine(over(PASS, distributed=True, ItemReader="x"))),
    "a reader of nothing": (["ASL170"], machine(over(PASS, distributed=True, ItemReader={}))),
    "a configuration that is a list": (
        ["ASL170"], machine(over(PASS, distributed=True, ResultWriter={"WriterConfig": []})),
    ),
    "an unknown kind of items": (["ASL171"], machine(reads(InputType="XML"))),
    "a negative number of items": (["ASL172"], machine(reads(MaxItems=-1))),
    "headers without names": (["ASL173"], machine(reads(CSVHeaderLocation="GIVEN"))),
    "headers that are numbers": (["ASL173"], machine(reads(CSVHeaders=[1]))),
}  # fmt: skip
RIGHT: dict[str, dict[str, Any]] = {
    "both ways assign": machine(
        choice(rule("s1", Assign={"x": 1}), Default="s1", Assign={"x": 2}), READ_X
    ),
    "the caught way assigns too": machine(
        task(
            Assign={"x": 1},
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "s1", "Assign": {"x": None}}],
        ),
        READ_X,
    ),
    "an iteration reads outwards": machine(SET_X, over(READ_X)),
    "a distributed iteration has its own": machine(SET_X, over(SET_X, READ_X, distributed=True)),
    "names in texts are texts": machine(
        {**PASS, "Output": "{% '$states.result $y' & \"$z\" & `$q`.b %}"}
    ),
    "an expression binds its own": machine(
        {**PASS, "Output": "{% ($a := 1; $map([1], function($v, $i) { $v + $a + $i })) %}"}
    ),
    "a text that only begins like an expression": machine({**PASS, "Output": "{% $x "}),
    "a function is a value": machine({**PASS, "Output": "{% $map(['a'], $uppercase) %}"}),
    "a JSONata state in JSONPath": {
        "StartAt": "a",
        "States": {"a": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": 1, "End": True}},
    },
    "a choice that may match nothing ends": machine(choice(rule("s0"))),
}


def codes(definition: Any, kind: str = "STANDARD") -> list[str]:
    return sorted({finding.code for finding in verify(definition, kind=kind, syntax=syntax)})


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_and_nothing_else(name: str) -> None:
    wanted, definition = WRONG[name]
    assert codes(definition) == wanted


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_let_through(name: str) -> None:
    assert codes(RIGHT[name]) == []


@pytest.mark.parametrize("pattern", [".sync", ".sync:2", ".waitForTaskToken"])
def test_an_express_machine_waits_for_nothing(pattern: str) -> None:
    definition = machine(task(Resource=f"arn:aws:states:::states:startExecution{pattern}"))
    assert codes(definition) == []
    assert codes(definition, "EXPRESS") == ["ASL110"]


def test_an_express_machine_has_no_activities_and_no_distributed_maps() -> None:
    activity = "arn:aws:states:us-east-1:111111111111:activity:a"
    assert codes(machine(task(Resource=activity)), "EXPRESS") == ["ASL111"]
    assert codes(machine(over(PASS, distributed=True)), "EXPRESS") == ["ASL112"]


def test_what_is_no_json_or_no_object_is_refused() -> None:
    assert codes("not a definition") == ["ASL001"]
    assert codes([]) == ["ASL010"]


def test_a_definition_over_the_limit_is_refused() -> None:
    assert codes(machine({**PASS, "Comment": "x" * 1_048_576})) == ["ASL002"]


def test_a_quoted_quote_is_no_intrinsic_function() -> None:
    def path(value: str) -> dict[str, Any]:
        state = {"Type": "Pass", "Parameters": {"x.$": value}, "End": True}
        return {"StartAt": "a", "States": {"a": state}}

    assert codes(path("States.Format('it\\'s {}', $.a)")) == []
    assert codes(path("States.Format('say \\\"{}\\\"', $.a)")) == ["ASL130"]
    assert codes(path("plain")) == ["ASL130"]


def test_a_place_is_a_pointer_into_the_definition() -> None:
    (found,) = verify(machine(over(READ_X)))
    assert found.path == "/States/s0/ItemProcessor/States/in s0/Output"
    assert not found.refused


def test_free_variables_are_told_from_all_that_looks_like_one() -> None:
    assert variables_in("$a.b + $sum($c) /* $d */ & '$e'") == {"a", "c"}
    assert variables_in("$match(x, /it's $f/) & $g") == {"g"}
    assert variables_in("items@$i.{'n': $i.n, 'h': $h}") == {"h"}
    assert variables_in("$ & $$.x & $states.input") == frozenset()


@pytest.mark.parametrize("path", GOLDENS, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_wrong_with_what_is_emitted(path: Path) -> None:
    kind = "EXPRESS" if path.name.startswith("express") else "STANDARD"
    assert verify(json.loads(path.read_text(encoding="utf-8")), kind=kind, syntax=syntax) == []


@pytest.mark.shared
@pytest.mark.skipif(not VERDICTS.exists(), reason="the reference data is not beside the checkout")
def test_the_hosts_own_verdicts_are_ours() -> None:
    lines = VERDICTS.read_text(encoding="utf-8").splitlines()
    wrong = []
    for row in map(json.loads, lines):
        found = verify(row.get("definition", row.get("definition_text")), kind=row["type"],
                       syntax=syntax)  # fmt: skip
        if any(f.refused for f in found) == (row["expected"]["result"] == "OK"):
            wrong.append((row["id"], found))
    assert lines
    assert wrong == []
