"""The object store that `s3:…` reaches, by machines over a real socket."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from tests.support.state_machine_server import StateMachineServer, ended

from weft.engine.errors import ServiceError
from weft.stepfunctions.objects import Objects

ROLE = "arn:aws:iam::000000000000:role/any"
END = {"End": True}


def run(sfn: Any, states: dict[str, Any], input: Any = None) -> dict[str, Any]:
    """Run JSONata states, the first one first, to the end."""
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    machine = sfn.create_state_machine(
        name=f"objects-{uuid.uuid4()}", definition=json.dumps(definition), roleArn=ROLE
    )["stateMachineArn"]
    started = sfn.start_execution(stateMachineArn=machine, input=json.dumps(input or {}))
    return ended(sfn, started["executionArn"])


def call(action: str, **arguments: Any) -> dict[str, Any]:
    """A task that calls the store."""
    resource = f"arn:aws:states:::aws-sdk:s3:{action}"
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, **END}


def map_run(**fields: Any) -> dict[str, Any]:
    """A distributed Map that hands its items on."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", **END}},
    }
    return {"Type": "Map", "ItemProcessor": processor, **END, **fields}


def test_what_a_task_puts_another_gets_and_lists(sfn: Any, server: StateMachineServer) -> None:
    put = run(sfn, {"P": call("putObject", Bucket="made", Key="a/b.json", Body={"n": [1]})})
    assert put["status"] == "SUCCEEDED", put
    file = server.folder / "data" / "objects" / "made" / "a" / "b.json"
    assert file.read_text() == '{"n":[1]}'
    got = json.loads(run(sfn, {"G": call("getObject", Bucket="made", Key="a/b.json")})["output"])
    assert (got["Body"], got["ContentLength"]) == ('{"n":[1]}', 9)
    assert got["ETag"] == json.loads(put["output"])["ETag"]
    seen = json.loads(run(sfn, {"L": call("listObjectsV2", Bucket="made")})["output"])
    assert [(o["Key"], o["Size"], o["ETag"]) for o in seen["Contents"]] == [
        ("a/b.json", 9, got["ETag"])
    ]


@pytest.mark.parametrize(
    ("task", "error"),
    [
        (call("getObject", Bucket="made", Key="none"), "S3.NoSuchKeyException"),
        (call("getObject", Bucket="no-such", Key="k"), "S3.NoSuchBucketException"),
        (call("putObject", Bucket="../out", Key="k", Body=""), "S3.S3Exception"),
        (call("putObject", Bucket="made", Key="k" * 1025, Body=""), "S3.S3Exception"),
    ],
)
def test_what_is_not_there_has_the_error_that_catch_knows(
    sfn: Any, task: dict[str, Any], error: str
) -> None:
    run(sfn, {"P": call("putObject", Bucket="made", Key="k", Body="")})
    assert run(sfn, {"T": task})["error"] == error


def test_a_map_run_reads_and_writes_the_store(sfn: Any, server: StateMachineServer) -> None:
    bucket = server.folder / "data" / "objects" / "lists"
    bucket.mkdir(parents=True)
    (bucket / "items.json").write_text("[1, 2]")
    get, put = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:putObject"
    state = map_run(
        ItemReader={
            "Resource": get,
            "Arguments": {"Bucket": "lists", "Key": "{% $states.input.key %}"},
            "ReaderConfig": {"InputType": "JSON"},
        },
        ResultWriter={"Resource": put, "Arguments": {"Bucket": "lists", "Prefix": "out"}},
    )
    done = run(sfn, {"M": state}, {"key": "items.json"})
    assert done["status"] == "SUCCEEDED", done
    written = json.loads(done["output"])["ResultWriterDetails"]
    manifest = json.loads((bucket / written["Key"]).read_text())
    [results] = manifest["ResultFiles"]["SUCCEEDED"]
    records = json.loads((bucket / results["Key"]).read_text())
    assert [json.loads(r["Output"]) for r in records] == [1, 2]


def test_a_map_run_over_a_listing_follows_its_pages(sfn: Any, server: StateMachineServer) -> None:
    bucket = server.folder / "data" / "objects" / "many"
    bucket.mkdir(parents=True)
    for n in range(5):
        (bucket / f"{n}.txt").write_text("")
    place = {"Bucket": "many", "MaxKeys": 2}
    listing = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": place}
    selector = {"key": "{% $states.context.Map.Item.Value.Key %}"}
    done = run(sfn, {"M": map_run(ItemReader=listing, ItemSelector=selector)})
    assert json.loads(done["output"]) == [{"key": f"{n}.txt"} for n in range(5)]
    few = {**listing, "ReaderConfig": {"MaxItems": 3}}
    done = run(sfn, {"M": map_run(ItemReader=few, ItemSelector=selector)})
    assert json.loads(done["output"]) == [{"key": f"{n}.txt"} for n in range(3)]


async def test_any_key_stays_in_its_bucket_and_comes_back_as_it_was(tmp_path: Path) -> None:
    store = Objects(tmp_path / "store").handlers()
    keys = ["../x", "/a//b/", "%2E", "é ü", "a%", ".", "\0"]
    for key in keys:
        await store["s3:putObject"]({"Bucket": "abc", "Key": key, "Body": key}, None)
    for key in keys:
        got = await store["s3:getObject"]({"Bucket": "abc", "Key": key}, None)
        assert got["Body"] == key
    listed = await store["s3:listObjectsV2"]({"Bucket": "abc"}, None)
    assert [o["Key"] for o in listed["Contents"]] == sorted(keys)
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


async def test_a_listing_by_folders_is_the_same_in_pages(tmp_path: Path) -> None:
    store = Objects(tmp_path).handlers()
    for key in ("a/1", "a/2", "b", "c/1", "d"):
        await store["s3:putObject"]({"Bucket": "abc", "Key": key, "Body": ""}, None)
    asked = {"Bucket": "abc", "Delimiter": "/"}
    whole = await store["s3:listObjectsV2"](asked, None)
    assert [p["Prefix"] for p in whole["CommonPrefixes"]] == ["a/", "c/"]
    assert [o["Key"] for o in whole["Contents"]] == ["b", "d"]
    names: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = await store["s3:listObjectsV2"]({**asked, "MaxKeys": 1, **token}, None)
        names += [p["Prefix"] for p in page["CommonPrefixes"]]
        names += [o["Key"] for o in page["Contents"]]
        if not page["IsTruncated"]:
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}
    assert names == ["a/", "b", "c/", "d"]


async def test_an_object_cannot_be_a_folder_too(tmp_path: Path) -> None:
    store = Objects(tmp_path).handlers()
    await store["s3:putObject"]({"Bucket": "abc", "Key": "a", "Body": ""}, None)
    with pytest.raises(ServiceError) as raised:
        await store["s3:putObject"]({"Bucket": "abc", "Key": "a/b", "Body": ""}, None)
    assert raised.value.error_type == "S3.S3Exception"
