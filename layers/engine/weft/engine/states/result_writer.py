"""ResultWriter: a Map Run's results in an object store, or only in another shape.

Source: the AWS page "ResultWriter (Map)". A manifest and one file for each status are written under
`<Prefix>/<id of the Map Run>/`; each call can be repeated, for it writes the same again.
"""

import uuid
from typing import TYPE_CHECKING, Any, Final

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue, to_json
from weft.engine.resources.registry import find_store_call
from weft.engine.run import Run, Scope
from weft.engine.timestamps import iso

if TYPE_CHECKING:
    from weft.engine.parts import StateParts

WRITER_FAILED: Final = "States.ResultWriterFailed"
_PUT: Final = "s3:putObject"

# One iteration: its index, whether it succeeded, its input, its output or error.
Ended = tuple[int, bool, JsonValue, JsonValue]


class ResultWriter:
    """How results are shaped and where they go."""

    def __init__(self, parts: "StateParts") -> None:
        source = parts.source["ResultWriter"]
        self.writes = "Resource" in source
        if self.writes:
            assert find_store_call(source["Resource"]) is not None, "checked before it is compiled"
        self._arguments = parts.template("Arguments", "ResultWriter")
        config = parts.holder("ResultWriter/WriterConfig")
        self._shape = config.get("Transformation", "NONE")
        self._lines = config.get("OutputType", "JSON") == "JSONL"

    def results(self, map_run: str, run: Run, ended: list[Ended]) -> list[JsonValue]:
        """The iterations' records, or with COMPACT or FLATTEN their outputs."""
        if self._shape == "NONE":
            return [_record(map_run, run, each) for each in ended]
        outputs = [output for _, succeeded, _, output in ended if succeeded]
        if self._shape == "COMPACT":
            return outputs
        flat: list[JsonValue] = []
        for output in outputs:
            flat += output if isinstance(output, list) else [output]
        return flat

    def calls(
        self, scope: Scope, map_run: str, run: Run, results: list[JsonValue]
    ) -> list[dict[str, JsonValue]]:
        """The calls that write the files, the manifest last. Raises StateFailure."""
        place = {} if self._arguments is None else self._arguments.evaluate(scope)
        bucket = str(place.get("Bucket", ""))
        folder = f"{place.get('Prefix', '').rstrip('/')}/{_folder(map_run)}".lstrip("/")
        kind = "jsonl" if self._lines else "json"
        files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
        calls: list[dict[str, JsonValue]] = []
        for status, written in _by_status(results, records=self._shape == "NONE"):
            body = self._text(written)
            key = f"{folder}/{status}_0.{kind}"
            files[status].append({"Key": key, "Size": len(body.encode())})
            calls.append(_put(bucket, key, body))
        named = run.machine.names.map_run(map_run)
        manifest = {"DestinationBucket": bucket, "MapRunArn": named, "ResultFiles": files}
        calls.append(_put(bucket, f"{folder}/manifest.json", to_json(manifest).decode()))
        return calls

    def told(self, map_run: str, run: Run, manifest: dict[str, Any]) -> JsonValue:
        """The state's result: where the manifest is."""
        put = manifest["p"]
        details = {"Bucket": put["Bucket"], "Key": put["Key"]}
        named = run.machine.names.map_run(map_run)
        return {"MapRunArn": named, "ResultWriterDetails": details}

    def failure(self, failure: StateFailure) -> StateFailure:
        """The state's failure when a file cannot be written."""
        return StateFailure(WRITER_FAILED, failure.cause, inner=True)

    def _text(self, results: list[JsonValue]) -> str:
        if self._lines:
            return "".join(to_json(each).decode() + "\n" for each in results)
        return to_json(results).decode()


def _folder(map_run: str) -> str:
    """The same for the same Map Run, so that what is written twice is written once."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, map_run))


def _by_status(results: list[JsonValue], *, records: bool) -> list[tuple[str, list[JsonValue]]]:
    if not records:
        return [("SUCCEEDED", results)]
    sorted_ = [(s, [r for r in results if r["Status"] == s]) for s in ("FAILED", "SUCCEEDED")]
    return [(status, found) for status, found in sorted_ if found]


def _record(map_run: str, run: Run, ended: Ended) -> JsonValue:
    index, succeeded, input, output = ended
    names = run.machine.names
    child = names.child(map_run, index)
    record: dict[str, JsonValue] = {
        "ExecutionArn": child,
        "Input": to_json(input).decode(),
        "InputDetails": {"Included": True},
        "Name": child.rpartition(":")[2],
        "StartDate": iso(run.row.started),
        "StateMachineArn": names.child_machine(map_run),
        "Status": "SUCCEEDED" if succeeded else "FAILED",
    }
    if succeeded:
        return {**record, "Output": to_json(output).decode(), "OutputDetails": {"Included": True}}
    return {**record, **{k: v for k, v in output.items() if v is not None}}


def _put(bucket: str, key: str, body: str) -> dict[str, JsonValue]:
    return {"f": _PUT, "p": {"Bucket": bucket, "Key": key, "Body": body}}
