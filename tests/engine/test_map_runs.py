"""Distributed Maps: where items come from, what is borne, where results go."""

import json
from itertools import pairwise
from typing import Any

import pytest

from weft.engine.errors import DefinitionInvalid, ServiceError
from weft.engine.own_history import own_history

END = {"End": True}
GET, PUT = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:putObject"
LIST = "arn:aws:states:::s3:listObjectsV2"


def map_run(states: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A distributed Map over states, by default one that hands its item on."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "A",
        "States": states or {"A": {"Type": "Pass", **END}},
    }
    return {"Type": "Map", "ItemProcessor": processor, **END, **fields}


def reader(kind: str, **config: Any) -> dict[str, Any]:
    """An ItemReader of one object."""
    place = {"Bucket": "b", "Key.$": "$.key"}
    return {"Resource": GET, "Parameters": place, "ReaderConfig": {"InputType": kind, **config}}


async def run(lab: Any, state: dict[str, Any], input: Any = None) -> Any:
    """Run one state in a JSONPath machine."""
    return await lab.run({"M": state}, input, QueryLanguage="JSONPath")


CSV = 'id,name\n1,Ann\n2,"Bo, B"\n\n3\n'


@pytest.mark.parametrize(
    ("item_reader", "body", "items"),
    [
        (reader("JSON"), "[1, {}]", [1, {}]),
        (reader("JSON"), '{"a": 1}', [{"Key": "a", "Value": 1}]),
        (reader("JSONL"), b'{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        (
            reader("CSV", CSVHeaderLocation="FIRST_ROW"),
            CSV,
            [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bo, B"}, {"id": "3", "name": ""}],
        ),
        (reader("CSV", MaxItems=1), "\ufeffid\n1\n2".encode(), [{"id": "1"}]),
        (
            reader("CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["x"], CSVDelimiter="PIPE"),
            "1|2",
            [{"x": "1"}],
        ),
        (reader("JSON", MaxItemsPath="$.most"), "[1, 2, 3]", [1, 2]),
    ],
)
async def test_items_are_read_from_an_object(
    lab: Any, item_reader: dict[str, Any], body: Any, items: Any
) -> None:
    lab.handlers["s3:getObject"] = lambda payload: {"Body": body}
    ended = await run(lab, map_run(ItemReader=item_reader), {"key": "k", "most": 2})
    assert ended.output == items
    assert lab.calls == [("s3:getObject", {"Bucket": "b", "Key": "k"})]


async def test_items_are_the_objects_of_a_listing(lab: Any) -> None:
    lab.handlers["s3:listObjectsV2"] = lambda payload: {"Contents": [{"Key": "a"}, {"Key": "b"}]}
    item_reader = {"Resource": LIST, "Parameters": {"Bucket": "b", "Prefix.$": "$.p"}}
    state = map_run(ItemReader=item_reader, ItemSelector={"k.$": "$$.Map.Item.Value.Key"})
    assert (await run(lab, state, {"p": "x/"})).output == [{"k": "a"}, {"k": "b"}]


async def test_jsonata_names_the_object_by_expressions(lab: Any) -> None:
    lab.handlers["s3:getObject"] = lambda payload: {"Body": f'["{payload["Key"]}"]'}
    item_reader = {"Resource": GET, "Arguments": {"Bucket": "b", "Key": "{% $states.input.key %}"}}
    ended = await lab.run({"M": map_run(ItemReader=item_reader)}, {"key": "k"})
    assert ended.output == ["k"]


async def test_items_path_says_where_in_the_document_the_items_are(lab: Any) -> None:
    lab.handlers["s3:getObject"] = lambda payload: {"Body": '{"rows": [1, 2]}'}
    state = map_run(ItemReader=reader("JSON"), ItemsPath="$.rows")
    assert (await run(lab, state, {"key": "k"})).output == [1, 2]


def refuse(payload: Any) -> Any:
    """An object store that says no."""
    raise ServiceError("S3.NoSuchKeyException", "The specified key does not exist.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refuse, "The specified key does not exist."),
        (lambda payload: {"Body": "1"}, "Attempting to map over non-iterable node."),
        (lambda payload: {"Body": "{"}, "The object cannot be read"),
        (lambda payload: {"Body": "[" * 100_000}, "The object cannot be read"),
    ],
)
async def test_items_that_cannot_be_read_fail_the_map_run(
    lab: Any, answer: Any, words: str
) -> None:
    lab.handlers["s3:getObject"] = answer
    ended = await run(lab, map_run(ItemReader=reader("JSON")), {"key": "k"})
    assert ended.error == "States.ItemReaderFailed"
    assert words in ended.cause
    assert lab.types(ended)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


@pytest.mark.parametrize(("kind", "body"), [("JSONL", "1\n{"), ("CSV", f"a\n{'x' * 200_000}")])
async def test_a_bad_line_is_told_too(lab: Any, kind: str, body: str) -> None:
    lab.handlers["s3:getObject"] = lambda payload: {"Body": body}
    ended = await run(lab, map_run(ItemReader=reader(kind)), {"key": "k"})
    assert ended.error == "States.ItemReaderFailed"


async def test_batches_are_made_by_number_and_by_size(lab: Any) -> None:
    state = map_run(
        ItemBatcher={"MaxItemsPerBatchPath": "$.most", "BatchInput": {"k.$": "$.k"}},
        ItemsPath="$.items",
    )
    given = {"items": [1, 2, 3], "most": 2, "k": "x"}
    assert (await run(lab, state, given)).output == [
        {"BatchInput": {"k": "x"}, "Items": [1, 2]},
        {"BatchInput": {"k": "x"}, "Items": [3]},
    ]
    state = map_run(ItemBatcher={"MaxInputBytesPerBatch": 10}, ItemsPath="$.items")
    small = (await run(lab, state, {"items": ["abc", "abc", "abcdefghijklm"]})).output
    assert [batch["Items"] for batch in small] == [["abc"], ["abc"], ["abcdefghijklm"]]


BROKEN = {
    "A": {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericLessThan": 0, "Next": "F"}],
        "Default": "P",
    },
    "P": {"Type": "Pass", **END},
    "F": {"Type": "Fail", "Error": "Negative", "Cause": "it is"},
}


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({"ToleratedFailureCount": 1}, [1, 2, 3]),
        ({"ToleratedFailureCountPath": "$.count"}, [1, 2, 3]),
        ({"ToleratedFailurePercentage": 25}, [1, 2, 3]),
        ({"ToleratedFailurePercentage": 24.9}, None),
        ({"ToleratedFailureCount": 0, "ToleratedFailurePercentage": 100}, None),
        ({}, None),
    ],
)
async def test_some_failures_are_borne(lab: Any, fields: Any, output: Any) -> None:
    state = map_run(BROKEN, ItemsPath="$.items", **fields)
    ended = await run(lab, state, {"items": [1, -1, 2, 3], "count": 1})
    assert ended.output == output
    if output is None:
        assert (ended.error, ended.cause) == (
            "States.ExceedToleratedFailureThreshold",
            "The specified tolerated failure threshold was exceeded",
        )


async def test_outer_variables_are_out_of_sight(lab: Any) -> None:
    inner = {"A": {"Type": "Choice", "Default": "N", "Choices": [
        {"Variable": "$x", "IsPresent": True, "Next": "Y"}]},
        "Y": {"Type": "Pass", "Result": "seen", **END},
        "N": {"Type": "Pass", "Result": "unseen", **END}}  # fmt: skip
    states = {"P": {"Type": "Pass", "Assign": {"x": 1}, "Result": [1], "Next": "M"},
              "M": map_run(inner)}  # fmt: skip
    ended = await lab.run(states, QueryLanguage="JSONPath")
    assert ended.output == ["unseen"]


async def test_results_are_written_with_a_manifest(lab: Any) -> None:
    state = map_run(
        BROKEN,
        ItemsPath="$.items",
        ToleratedFailureCount=1,
        ResultWriter={"Resource": PUT, "Parameters": {"Bucket": "out", "Prefix": "runs"}},
        ResultPath="$.written",
        OutputPath="$.written",
    )
    ended = await run(lab, state, {"items": [1, -1]})
    files = {payload["Key"].rsplit("/", 1)[-1]: json.loads(payload["Body"])
             for _, payload in lab.calls}  # fmt: skip
    details = ended.output["ResultWriterDetails"]
    assert details["Bucket"] == "out"
    assert details["Key"].startswith("runs/")
    assert list(files) == ["FAILED_0.json", "SUCCEEDED_0.json", "manifest.json"]
    assert [(r["Status"], r["Input"], r["Output"]) for r in files["SUCCEEDED_0.json"]] == [
        ("SUCCEEDED", "1", "1")
    ]
    assert [(r["Status"], r["Error"]) for r in files["FAILED_0.json"]] == [("FAILED", "Negative")]
    written = files["manifest.json"]["ResultFiles"]
    assert [len(written[status]) for status in ("FAILED", "PENDING", "SUCCEEDED")] == [1, 0, 1]


async def test_results_that_cannot_be_written_fail_the_state(lab: Any) -> None:
    lab.handlers["s3:putObject"] = refuse
    state = map_run(ResultWriter={"Resource": PUT, "Parameters": {"Bucket": "b"}})
    ended = await run(lab, state, [1])
    assert ended.error == "States.ResultWriterFailed"


async def test_a_writer_without_a_store_only_shapes_the_result(lab: Any) -> None:
    for shape, output in (("FLATTEN", [1, 2, 3]), ("COMPACT", [[1, 2], 3])):
        state = map_run(ResultWriter={"WriterConfig": {"Transformation": shape}})
        assert (await run(lab, state, [[1, 2], 3])).output == output


async def test_reading_starts_again_after_a_restart(still_lab: Any) -> None:
    lab = still_lab
    lab.handlers["s3:getObject"] = lambda payload: lab.clock.sleep(60)
    execution = lab.start(
        {"M": map_run(ItemReader=reader("JSON"))}, {"key": "k"}, QueryLanguage="JSONPath"
    )
    await lab.restart()
    lab.handlers["s3:getObject"] = lambda payload: {"Body": "[7]"}
    await lab.restart()
    assert (await lab.engine.wait(execution)).output == [7]


async def test_the_history_of_the_execution_leaves_its_children_out(lab: Any) -> None:
    state = {**map_run(), "Next": "E"}
    del state["End"]
    states = {"M": state, "E": {"Type": "Succeed"}}
    ended = await lab.run(states, [1, 2], QueryLanguage="JSONPath")
    whole = lab.engine.history(ended.id)
    own = own_history(whole)
    assert "MapIterationStarted" in [e.type for e in whole]
    assert [e.type for e in own] == [
        "ExecutionStarted", "MapStateEntered", "MapStateStarted", "MapRunStarted",
        "MapRunSucceeded", "MapStateSucceeded", "MapStateExited", "SucceedStateEntered",
        "SucceedStateExited", "ExecutionSucceeded",
    ]  # fmt: skip
    assert [e.id for e in own] == list(range(1, 11))
    assert [e.previous_event_id for e in own] == [0, 0, *range(2, 10)]


async def test_events_of_children_do_not_count_towards_the_limit(lab: Any) -> None:
    names = list("ABCDEFGHIJ")
    states = {a: {"Type": "Pass", "Next": b} for a, b in pairwise(names)}
    ended = await run(lab, map_run({**states, "J": {"Type": "Pass", **END}}), [0] * 1150)
    assert ended.status == "SUCCEEDED"
    assert len(lab.engine.history(ended.id)) > 25_000


def test_only_a_distributed_map_reads_and_writes(lab: Any) -> None:
    state = map_run(ItemReader=reader("PARQUET"), ResultWriter={"Resource": GET})
    state["ItemProcessor"]["ProcessorConfig"] = {"Mode": "INLINE"}
    with pytest.raises(DefinitionInvalid) as raised:
        lab.engine.create_machine("m", {"StartAt": "M", "States": {"M": state}})
    assert [p.location for p in raised.value.problems] == [
        "/States/M/ItemReader",
        "/States/M/ItemReader/ReaderConfig/InputType",
        "/States/M/ResultWriter",
        "/States/M/ResultWriter/Resource",
    ]


async def test_a_task_stores_an_object(lab: Any) -> None:
    lab.handlers["s3:putObject"] = lambda payload: {"ETag": "e"}
    state = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
             "Arguments": {"Bucket": "b", "Key": "k", "Body": "{% $states.input.a %}"},
             **END}  # fmt: skip
    ended = await lab.run({"T": state}, {"a": 1})
    assert ended.output == {"ETag": "e"}
    assert lab.calls == [("s3:putObject", {"Bucket": "b", "Key": "k", "Body": 1})]
