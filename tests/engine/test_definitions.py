"""Definitions are refused at creation, with every problem and its place."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.engine.errors import DefinitionInvalid, MachineExists, Problem
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.machine import Builder, build_machine
from weft.engine.states.registry import STATE_TYPES
from weft.engine.validate import Checker

OK: dict[str, Any] = {"Type": "Pass", "End": True}


def problems(lab: Any, states: dict[str, Any], kind: str = "STANDARD", **machine: Any) -> Any:
    """What is wrong with a machine of these states."""
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": next(iter(states)),
        "States": states,
        **machine,
    }
    with pytest.raises(DefinitionInvalid) as caught:
        lab.engine.create_machine("m", definition, kind)
    return caught.value.problems


def invoke(**fields: Any) -> dict[str, Any]:
    """A Task state that calls a function."""
    return {
        "Type": "Task",
        "Resource": "lambda:invoke",
        "Arguments": {"FunctionName": "f"},
        "End": True,
        **fields,
    }


@pytest.mark.parametrize(
    ("states", "location", "words"),
    [
        ({"A": {"Type": "Pass", "Next": "B"}}, "/States/A/Next", "'B'"),
        ({"A": {"Type": "Pass"}}, "/States/A", "'Next' and 'End'"),
        ({"A": OK, "B": OK}, "/States/B", "cannot be reached"),
        ({"A": {"Type": "Activity", "End": True}}, "/States/A/Type", "'Activity'"),
        ({"A": {**OK, "InputPath": "$"}}, "/States/A/InputPath", "InputPath"),
        ({"A": {**OK, "Output": "{% ( %}"}}, "/States/A/Output", "does not parse"),
        ({"A": {**OK, "Output": {"x": ["{% ( %}"]}}}, "/States/A/Output/x/0", "does not parse"),
        ({"A": {**OK, "Output": "{% $states.result %}"}}, "/States/A/Output", "$states.result"),
        ({"A": {**OK, "Assign": {"states": 1}}}, "/States/A/Assign", "'states'"),
        ({"A": {**OK, "Assign": {"a.b": 1}}}, "/States/A/Assign", "'a.b'"),
        ({"A": invoke(Resource="sns:publish")}, "/States/A/Resource", "'sns:publish'"),
        ({"A": invoke(Resource="http:invoke")}, "/States/A/Arguments", "ApiEndpoint"),
        ({"A": invoke(Resource="http:invoke")}, "/States/A/Arguments", "FunctionName"),
        ({"A": invoke(Resource="lambda:invoke.sync")}, "/States/A/Resource", "lambda:invoke.sync"),
        ({"A": invoke(Arguments={})}, "/States/A/Arguments", "FunctionName"),
        ({"A": invoke(TimeoutSeconds=0)}, "/States/A/TimeoutSeconds", "at least 1"),
        (
            {"A": invoke(TimeoutSeconds=5, HeartbeatSeconds=5)},
            "/States/A/HeartbeatSeconds",
            "smaller",
        ),
        (
            {"A": invoke(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}])},
            "/States/A/Retry/0/ErrorEquals",
            "last",
        ),
        (
            {"A": invoke(Catch=[{"ErrorEquals": ["X"], "Next": "Z"}])},
            "/States/A/Catch/0/Next",
            "'Z'",
        ),
        ({"A": {"Type": "Wait", "End": True}}, "/States/A", "'Seconds' and 'Timestamp'"),
        (
            {"A": {"Type": "Wait", "Timestamp": "tomorrow", "End": True}},
            "/States/A/Timestamp",
            "RFC3339",
        ),
        ({"A": {**OK, "QueryLanguage": "JSONPath"}}, "/States/A/QueryLanguage", "JSONPath"),
        ({"A": {"Type": "Choice", "Choices": []}}, "/States/A/Choices", "at least one"),
        (
            {"A": {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {}}, "End": True}},
            "/States/A/ItemProcessor/States",
            "at least one state",
        ),
    ],
)
def test_a_problem_names_its_place(
    lab: Any, states: dict[str, Any], location: str, words: str
) -> None:
    found = problems(lab, states)
    assert [p.location for p in found if words in p.message] == [location], found


def test_all_problems_are_listed_at_once(lab: Any) -> None:
    states = {"A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Nap"}}
    found = problems(lab, states)
    assert {p.state for p in found} == {"A", "C"}
    assert all(isinstance(p, Problem) for p in found)


def test_an_inner_variable_must_not_hide_an_outer_one(lab: Any) -> None:
    inner = {"StartAt": "I", "States": {"I": {**OK, "Assign": {"x": 2}}}}
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [inner], "End": True},
    }
    assert "assigned in an outer scope" in problems(lab, states)[0].message


def test_a_jsonata_machine_holds_no_jsonpath_states(lab: Any) -> None:
    found = problems(lab, {"A": {**OK, "QueryLanguage": "JSONPath"}})
    assert [p.location for p in found] == ["/States/A/QueryLanguage"]


def test_express_machines_cannot_wait_for_a_token(lab: Any) -> None:
    states = {"A": invoke(Resource="lambda:invoke.waitForTaskToken")}
    assert "Express" in problems(lab, states, "EXPRESS")[0].message


def test_creating_a_machine_twice_is_fine_only_with_the_same_definition(lab: Any) -> None:
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": OK}}
    assert lab.engine.create_machine("m", definition) == lab.engine.create_machine("m", definition)
    with pytest.raises(MachineExists):
        lab.engine.create_machine("m", {**definition, "Comment": "other"})


WHOLE: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "C",
    "States": {
        "C": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% true %}", "Next": "M", "Assign": {"x": 1}}],
            "Default": "W",
        },
        "M": {
            "Type": "Map",
            "Items": "{% [1] %}",
            "ItemBatcher": {"MaxItemsPerBatch": 2},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "T",
                "States": {
                    "T": invoke(
                        Retry=[{"ErrorEquals": ["A"], "MaxAttempts": 2, "BackoffRate": 1.5}],
                        Catch=[{"ErrorEquals": ["B"], "Next": "F"}],
                        TimeoutSeconds="{% 5 %}",
                    ),
                    "F": {"Type": "Fail", "Error": "E"},
                },
            },
            "Next": "P",
        },
        "P": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}],
            "End": True,
        },
        "W": {"Type": "Wait", "Seconds": 1, "End": True},
    },
}
PATHS: dict[str, Any] = {
    "StartAt": "C",
    "States": {
        "C": {
            "Type": "Choice",
            "Choices": [
                {
                    "Variable": "$.a",
                    "NumericEqualsPath": "$.b",
                    "Next": "M",
                    "Assign": {"x.$": "$"},
                },
                {"And": [{"Not": {"Variable": "$.a", "IsNull": True}}], "Next": "P"},
            ],
            "Default": "W",
        },
        "M": {
            "Type": "Map",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "Parameters": {"Bucket": "b", "Key.$": "$.k"},
                "ReaderConfig": {"InputType": "CSV", "MaxItems": 3, "CSVHeaders": ["a"]},
            },
            "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"a.$": "$.a"}},
            "ItemSelector": {"v.$": "$$.Map.Item.Value"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED"},
                "StartAt": "T",
                "States": {
                    "T": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::lambda:invoke",
                        "Parameters": {"FunctionName": "f", "Payload.$": "States.Array($)"},
                        "ResultSelector": {"p.$": "$.Payload"},
                        "Catch": [{"ErrorEquals": ["B"], "ResultPath": "$.e", "Next": "F"}],
                        "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 2, "BackoffRate": 1.5}],
                        "TimeoutSecondsPath": "$.t",
                        "End": True,
                    },
                    "F": {"Type": "Fail", "ErrorPath": "$.e"},
                },
            },
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket": "b"},
                "WriterConfig": {"Transformation": "COMPACT"},
            },
            "ToleratedFailurePercentagePath": "$.p",
            "Next": "P",
        },
        "P": {"Type": "Pass", "InputPath": "$.a", "ResultPath": "$.b", "Result": 1, "End": True},
        "W": {"Type": "Wait", "SecondsPath": "$.s", "Next": "J"},
        "J": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 1 %}", "End": True},
    },
}
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, 1, -1, "x", [], {}, [1], {"a": 1}, True, "{% ( %}", 1.5, [{}], [{"Next": []}], ["x"]]
)


@given(st.data())
def test_no_definition_makes_the_check_itself_fail(data: st.DataObject) -> None:
    definition = copy.deepcopy(data.draw(st.sampled_from([WHOLE, PATHS])))
    for _ in range(data.draw(st.integers(0, 2))):
        node: Any = definition
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
                node = node[key]
                continue
            node[key] = copy.deepcopy(data.draw(JUNK))
            break
    found = Checker("STANDARD").machine(definition)
    if not found:
        try:
            build_machine("m", "STANDARD", definition, Builder(FastJsonata(), STATE_TYPES))
        except DefinitionInvalid as error:
            found = list(error.problems)
    assert found or definition["States"]
