"""States that speak JSONPath: how data flows through them, alone and beside JSONata."""

import itertools
import json
from typing import Any

import pytest

from weft.engine.errors import DefinitionInvalid, HandlerError

END = {"End": True}
INVOKE = "arn:aws:states:::lambda:invoke"


async def run(lab: Any, states: dict[str, Any], input: Any = None, **machine: Any) -> Any:
    """Run states in a JSONPath machine."""
    return await lab.run(states, input, QueryLanguage="JSONPath", **machine)


def task(**fields: Any) -> dict[str, Any]:
    """A Task that calls `f` with what Parameters give."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f",
        **fields,
    }


async def test_data_flows_from_input_path_to_output_path(lab: Any) -> None:
    lab.handlers[task()["Resource"]] = lambda payload: {"sum": sum(payload["n"]), "noise": 1}
    state = task(
        InputPath="$.order",
        Parameters={"n.$": "$.prices", "fixed": "$.not.read"},
        ResultSelector={"total.$": "$.sum", "name.$": "$$.State.Name"},
        ResultPath="$.order.bill",
        OutputPath="$.order",
        End=True,
    )
    ended = await run(lab, {"T": state}, {"order": {"prices": [1, 2]}, "rest": 0})
    assert ended.output == {"prices": [1, 2], "bill": {"total": 3, "name": "T"}}
    assert lab.calls == [(state["Resource"], {"n": [1, 2], "fixed": "$.not.read"})]


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({}, {"a": 1}),
        ({"InputPath": "$.a"}, 1),
        ({"InputPath": None}, {}),
        ({"OutputPath": None}, {}),
        ({"ResultPath": None}, {"a": 1}),
        ({"Result": [1]}, [1]),
        ({"Result": {"x.$": "$.a"}, "ResultPath": "$.r"}, {"a": 1, "r": {"x.$": "$.a"}}),
        ({"Parameters": {"x.$": "$.a"}, "ResultPath": "$.b.c"}, {"a": 1, "b": {"c": {"x": 1}}}),
        ({"Parameters": {"l": [{"x.$": "$.a"}, "$.a"]}}, {"l": [{"x": 1}, "$.a"]}),
        ({"Parameters": [0], "ResultPath": "$.a"}, {"a": [0]}),
        ({"Parameters": {"s.$": "States.Format('{}-{}', $.a, 'b')"}}, {"s": "1-b"}),
    ],
)
async def test_a_pass_state_reshapes(lab: Any, fields: Any, output: Any) -> None:
    assert (await run(lab, {"P": {"Type": "Pass", **fields, **END}}, {"a": 1})).output == output


async def test_variables_come_from_the_result_and_are_read_by_name(lab: Any) -> None:
    states = {
        "P": {"Type": "Pass", "Result": {"n": 2}, "ResultPath": "$.p",
              "Assign": {"n.$": "$.n", "text": "$.n", "sum.$": "States.MathAdd($.n, 1)"},
              "Next": "T"},
        "T": task(Parameters={"n.$": "$n"}, ResultSelector={"m.$": "$.n"},
                  Assign={"raw.$": "$", "n.$": "States.MathAdd($n, 1)"}, Next="W"),
        "W": {"Type": "Wait", "Seconds": 0, "InputPath": "$.m", "Assign": {"w.$": "$"},
              "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$n", "NumericEquals": 3, "Next": "E",
              "Assign": {"rule.$": "$sum"}}]},
        "E": {"Type": "Pass", "Parameters": {"all.$": "States.Array($n, $text, $raw, $w, $rule)"},
              **END},
    }  # fmt: skip
    assert (await run(lab, states, {})).output == {"all": [3, "$.n", {"n": 2}, 2, 3]}


async def test_what_a_path_does_not_find_ends_the_run_for_good(lab: Any) -> None:
    states = {
        "T": task(
            Parameters={"x.$": "$.none"},
            Retry=[{"ErrorEquals": ["States.ALL"]}],
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "E"}],
            End=True,
        ),
        "E": {"Type": "Succeed"},
    }
    ended = await run(lab, states, {"a": 1})
    assert (ended.error, ended.cause) == (
        "States.Runtime",
        "An error occurred while executing the state 'T' (entered at the event id #2). The "
        "JSONPath '$.none' specified for the field 'x.$' could not be found in the input "
        "'{\"a\":1}'",
    )


async def test_errors_of_functions_and_result_paths_can_be_caught(lab: Any) -> None:
    caught = [{"ErrorEquals": ["States.IntrinsicFailure", "States.ResultPathMatchFailure"],
               "ResultPath": "$.why", "Assign": {"e.$": "$.Error"}, "Next": "E"}]  # fmt: skip
    states = {
        "T": task(Parameters={"x.$": "States.ArrayGetItem($.a, 5)"}, Catch=caught, End=True),
        "E": {"Type": "Pass", "Parameters": {"e.$": "$e", "a.$": "$.a"}, **END},
    }
    assert (await run(lab, states, {"a": [1]})).output == {
        "e": "States.IntrinsicFailure",
        "a": [1],
    }
    states["T"] = task(ResultPath="$.a.b", Catch=[{**caught[0], "ResultPath": "$"}], End=True)
    states["E"] = {"Type": "Pass", **END}
    ended = await run(lab, states, {"a": [1]})
    assert ended.output["Error"] == "States.ResultPathMatchFailure"


async def test_a_catcher_places_the_error_in_the_raw_input(lab: Any) -> None:
    def fail(payload: Any) -> Any:
        raise HandlerError("Mine", "text")

    lab.handlers[task()["Resource"]] = fail
    catch = {"ErrorEquals": ["Mine"], "ResultPath": "$.error", "Next": "E"}
    states = {
        "T": task(InputPath="$.a", OutputPath="$.none", Catch=[catch], End=True),
        "E": {"Type": "Pass", "End": True},
    }
    output = (await run(lab, states, {"a": 1})).output
    assert output["a"] == 1
    assert output["error"]["Error"] == "Mine"
    assert json.loads(output["error"]["Cause"])["errorMessage"] == "text"


async def test_fields_of_a_fail_state_may_be_paths_or_calls(lab: Any) -> None:
    fail = {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('<{}>', $.c)"}
    ended = await run(lab, {"F": fail}, {"e": "E", "c": 1})
    assert (ended.error, ended.cause) == ("E", "<1>")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("SecondsPath", "x", "cannot be parsed as a long value: $.v == x"),
        ("SecondsPath", 10**30, "cannot be parsed as a long value"),
        ("SecondsPath", "9" * 5000, "cannot be parsed as a long value"),
        ("SecondsPath", -1, "references a negative value: $.v == -1"),
        ("TimestampPath", "2016-12-05 21:29:29Z", "$.v == 2016-12-05 21:29:29Z"),
    ],
)
async def test_a_wait_says_what_its_path_points_at(
    lab: Any, field: str, value: Any, words: str
) -> None:
    ended = await run(lab, {"W": {"Type": "Wait", field: "$.v", **END}}, {"v": value})
    assert ended.error == "States.Runtime"
    assert words in ended.cause


async def test_a_wait_reads_its_time_from_the_input(lab: Any) -> None:
    began = lab.clock.now()
    states = {
        "W": {"Type": "Wait", "SecondsPath": "$.s", "Next": "U"},
        "U": {"Type": "Wait", "TimestampPath": "$.t", "End": True},
    }
    await run(lab, states, {"s": 5, "t": "2027-01-15T08:00:07.250Z"})
    assert lab.clock.now() - began == 7.25


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"TimeoutSecondsPath": "$.s"}, "States.Timeout"),
        ({"TimeoutSeconds": 99, "HeartbeatSecondsPath": "$.s"}, "States.HeartbeatTimeout"),
        ({"TimeoutSecondsPath": "$.text"}, "States.Runtime"),
        ({"TimeoutSecondsPath": "$.none"}, "States.Runtime"),
    ],
)
async def test_time_limits_come_from_the_input(lab: Any, fields: Any, error: str) -> None:
    lab.handlers[task()["Resource"]] = lambda payload: lab.clock.sleep(60)
    ended = await run(lab, {"T": task(**fields, End=True)}, {"s": 2, "text": "soon"})
    assert ended.error == error


async def test_a_machine_that_takes_too_long_has_no_error(lab: Any) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 60, "End": True}}
    ended = await run(lab, states, TimeoutSeconds=5)
    assert (ended.status, ended.error, ended.cause) == ("TIMED_OUT", None, None)


async def test_delays_grow_up_to_their_limit_and_jitter_only_shortens_them(lab: Any) -> None:
    def fail(payload: Any) -> Any:
        times.append(lab.clock.now())
        raise HandlerError("Mine", "")

    lab.handlers[task()["Resource"]] = fail
    retry: dict[str, Any] = {"ErrorEquals": ["Mine"], "IntervalSeconds": 2, "BackoffRate": 3,
                             "MaxAttempts": 4, "MaxDelaySeconds": 10}  # fmt: skip
    times: list[float] = []
    await run(lab, {"T": task(Retry=[retry], End=True)})
    assert [b - a for a, b in itertools.pairwise(times)] == [2, 6, 10, 10]
    times = []
    await run(lab, {"T": task(Retry=[{**retry, "JitterStrategy": "FULL"}], End=True)})
    waits = [b - a for a, b in itertools.pairwise(times)]
    assert all(0 <= wait <= most for wait, most in zip(waits, [2, 6, 10, 10], strict=True))


async def test_parallel_has_parameters_result_selector_and_result_path(lab: Any) -> None:
    branch = {"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$.x", **END}}}
    other = {"StartAt": "B", "States": {"B": {"Type": "Pass", "Result": 2, **END}}}
    state = {
        "Type": "Parallel",
        "Parameters": {"x.$": "$.n"},
        "Branches": [branch, other],
        "ResultSelector": {"first.$": "$[0]", "second.$": "$[1]"},
        "ResultPath": "$.both",
        "Assign": {"all.$": "$"},
        "Next": "E",
    }
    end = {"Type": "Pass", "Parameters": {"all.$": "$all", "both.$": "$.both"}, **END}
    ended = await run(lab, {"P": state, "E": end}, {"n": 1})
    assert ended.output == {"all": [1, 2], "both": {"first": 1, "second": 2}}


async def test_a_map_selects_items_and_reads_its_limits_from_the_input(lab: Any) -> None:
    state = {
        "Type": "Map",
        "InputPath": "$.in",
        "ItemsPath": "$.items",
        "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"},
        "MaxConcurrencyPath": "$.max",
        "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Pass", **END}}},
        "ResultPath": "$.out",
        "OutputPath": "$.out",
        "End": True,
    }
    given = {"in": {"items": ["a", "b"], "k": 1, "max": "1"}}
    ended = await run(lab, {"M": state}, given)
    assert ended.output == [{"i": 0, "v": "a", "k": 1}, {"i": 1, "v": "b", "k": 1}]
    ended = await run(lab, {"M": {**state, "ItemsPath": "$.k"}}, given)
    assert ended.error == "States.Runtime"
    assert ended.cause.endswith('Reference path "$.k" must point to array.')


async def test_a_retried_map_fails_in_the_history_only_at_the_end(lab: Any) -> None:
    broken = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Mine"}}}
    retry = [{"ErrorEquals": ["Mine"], "MaxAttempts": 2}]
    state = {"Type": "Map", "ItemProcessor": broken, "Retry": retry, **END}
    ended = await run(lab, {"M": state}, [1])
    types = lab.types(ended)
    assert (types.count("MapStateStarted"), types.count("MapStateFailed")) == (3, 1)


async def test_states_of_both_languages_share_input_and_variables(lab: Any) -> None:
    states = {
        "P": {"Type": "Pass", "Assign": {"n": 40}, "Result": {"x": 1}, "Next": "J"},
        "J": {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"n": "{% $n + 1 %}"},
              "Output": "{% {'y': $states.input.x + $n} %}", "Next": "E"},
        "E": {"Type": "Pass", "Parameters": {"n.$": "$n", "y.$": "$.y"}, **END},
    }  # fmt: skip
    assert (await run(lab, states)).output == {"n": 41, "y": 41}


async def test_a_payload_that_is_text_is_the_body_of_the_request(lab: Any) -> None:
    state = {"Type": "Task", "Resource": INVOKE, "OutputPath": "$.Payload",
             "Parameters": {"FunctionName": "f", "Payload.$": "$.p"}, **END}  # fmt: skip
    assert (await run(lab, {"T": state}, {"p": '{"a": 1}'})).output == {"a": 1}
    assert (await run(lab, {"T": state}, {"p": "plain"})).output == "plain"


async def test_arguments_that_a_service_does_not_take_end_the_run(lab: Any) -> None:
    state = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName.$": "$.n"}, **END}
    ended = await run(lab, {"T": state}, {"n": 1})
    assert ended.error == "States.Runtime"
    assert "'FunctionName'" in ended.cause


async def test_only_states_that_can_be_retried_count_attempts(lab: Any) -> None:
    context = {"Parameters": {"c.$": "$$.State"}, **END}
    ended = await run(lab, {"P": {"Type": "Pass", **context}})
    assert ended.output["c"].keys() == {"Name", "EnteredTime"}
    ended = await run(lab, {"T": task(**context)})
    assert ended.output["c"]["RetryCount"] == 0


@pytest.mark.parametrize(
    ("state", "location"),
    [
        ({"Type": "Pass", "Parameters": {"a.$": "x"}}, "/States/S/Parameters"),
        ({"Type": "Pass", "Parameters": {"a.$": "States.Nope()"}}, "/States/S/Parameters"),
        ({"Type": "Pass", "InputPath": "$.["}, "/States/S/InputPath"),
        ({"Type": "Pass", "ResultPath": "$.a[*]"}, "/States/S/ResultPath"),
        ({"Type": "Pass", "Output": 1}, "/States/S/Output"),
        ({"Type": "Pass", "Assign": {"a.$": "$.["}}, "/States/S/Assign"),
        ({"Type": "Wait", "SecondsPath": 1}, "/States/S/SecondsPath"),
        ({"Type": "Wait", "SecondsPath": "$.a["}, "/States/S/SecondsPath"),
        (task(TimeoutSeconds=1, TimeoutSecondsPath="$.a"), "/States/S/TimeoutSecondsPath"),
    ],
)
def test_what_is_wrong_with_a_definition_is_said_before_it_runs(
    lab: Any, state: dict[str, Any], location: str
) -> None:
    definition = {"StartAt": "S", "States": {"S": {**state, **END}}}
    with pytest.raises(DefinitionInvalid) as raised:
        lab.engine.create_machine("m", definition)
    assert [p.location for p in raised.value.problems] == [location]


async def test_a_token_reaches_the_handler_and_its_answer_is_the_result(lab: Any) -> None:
    state = {
        "Type": "Task",
        "Resource": f"{INVOKE}.waitForTaskToken",
        "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
        "ResultSelector": {"answer.$": "$.a"},
        "End": True,
    }

    async def answer(payload: Any) -> Any:
        lab.engine.send_task_success(payload["token"], {"a": 1})

    lab.handlers["f"] = answer
    assert (await run(lab, {"T": state})).output == {"answer": 1}


async def test_a_nested_execution_takes_its_input_from_parameters(lab: Any) -> None:
    inner = {"StartAt": "P", "States": {"P": {"Type": "Pass", "InputPath": "$.n", "End": True}}}
    lab.engine.create_machine("inner", inner)
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": "inner", "Input": {"n.$": "$.x"}},
        "OutputPath": "$.Output",
        "End": True,
    }
    assert (await run(lab, {"T": state}, {"x": 5})).output == 5


async def test_an_express_machine_may_speak_jsonpath(lab: Any) -> None:
    states = {"P": {"Type": "Pass", "Parameters": {"c.$": "$$.Execution"}, "End": True}}
    machine = lab.engine.create_machine("e", {"StartAt": "P", "States": states}, "EXPRESS")
    ended = await lab.engine.wait(lab.engine.start(machine, "run", {"x": 1}))
    assert ended.output["c"]["Input"] == {"x": 1}
    assert "RedriveCount" not in ended.output["c"]


async def test_a_run_in_jsonpath_goes_on_after_a_restart(still_lab: Any) -> None:
    lab = still_lab
    states = {
        "P": {"Type": "Pass", "Assign": {"n.$": "$.n"}, "Next": "W"},
        "W": {"Type": "Wait", "SecondsPath": "$n", "Next": "E"},
        "E": {"Type": "Pass", "Parameters": {"n.$": "$n", "at.$": "$$.State.Name"}, "End": True},
    }
    execution = lab.start(states, {"n": 5}, QueryLanguage="JSONPath")
    await lab.restart()
    lab.clock.advance(5.1)
    assert (await lab.engine.wait(execution)).output == {"n": 5, "at": "E"}
