"""What a distributed Map reads, puts together and writes."""

from collections.abc import Iterator
from typing import Any, Final

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import Machine, is_expression

_WORDS: Final = {
    "InputType": ("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"),
    "CSVHeaderLocation": ("FIRST_ROW", "GIVEN"),
    "CSVDelimiter": ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    "Transformation": ("NONE", "COMPACT", "FLATTEN"),
    "OutputType": ("JSON", "JSONL"),
}
_NUMBERS: Final = {"MaxItems": 0, "MaxItemsPerBatch": 1, "MaxInputBytesPerBatch": 1}
_INNER: Final = {"ItemReader": "ReaderConfig", "ResultWriter": "WriterConfig"}


def map_runs(machine: Machine) -> Iterator[Finding]:
    """Objects, with the words and numbers that the language knows."""
    for state in machine.states():
        if state.type != "Map":
            continue
        for name in ("ItemReader", "ItemBatcher", "ResultWriter"):
            if name in state.source:
                yield from _holder(state.source[name], name, f"{state.path}/{name}")


def _holder(holder: Any, name: str, path: str) -> Iterator[Finding]:
    if not isinstance(holder, dict):
        yield Finding("ASL170", path, "must be an object")
        return
    if name == "ItemReader" and not isinstance(holder.get("Resource"), str):
        yield Finding("ASL170", f"{path}/Resource", "must be an ARN")
    yield from _values(holder, path)
    inner = _INNER.get(name, "")
    if inner in holder:
        if isinstance(holder[inner], dict):
            yield from _values(holder[inner], f"{path}/{inner}")
        else:
            yield Finding("ASL170", f"{path}/{inner}", "must be an object")


def _values(holder: dict[str, Any], path: str) -> Iterator[Finding]:
    for key, words in _WORDS.items():
        if holder.get(key, words[0]) not in words:
            yield Finding("ASL171", f"{path}/{key}", f"must be one of {', '.join(words)}")
    for key, least in _NUMBERS.items():
        found = holder.get(key, least)
        whole = isinstance(found, int) and not isinstance(found, bool) and found >= least
        if not whole and not is_expression(found):
            yield Finding("ASL172", f"{path}/{key}", f"must be an integer of at least {least}")
    headers = holder.get("CSVHeaders", [])
    given = holder.get("CSVHeaderLocation") == "GIVEN"
    if not isinstance(headers, list) or not all(isinstance(h, str) for h in headers):
        yield Finding("ASL173", f"{path}/CSVHeaders", "must be a list of names")
    elif given and not headers:
        yield Finding("ASL173", f"{path}/CSVHeaders", "are needed where their location is GIVEN")
