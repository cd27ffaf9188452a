"""Calls of TestState and verdicts on definitions that AWS recorded, against our operations."""

import json
import re
from pathlib import Path
from typing import Any

from tests.conformance.asl_runner import CorpusFunctions

from weft.domain.errors import WeftError
from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.jsonata_fast import shared
from weft.stepfunctions.arns import Arns
from weft.stepfunctions.members import check
from weft.stepfunctions.operations.machines import validate
from weft.stepfunctions.operations.registry import OPERATIONS
from weft.stepfunctions.refusals import Refused, refusal_of
from weft.stepfunctions.service import Service

PLACEHOLDER = re.compile(r"<[a-z]+(?::\d+)?>")
# AWS answers these of an HTTP call that nobody makes here.
UNSEEN = frozenset({"SdkHttpMetadata", "SdkResponseMetadata"})


def service_in(folder: Path) -> Service:
    """The operations over an engine that is not opened: neither call needs a journal."""
    functions = CorpusFunctions(SkippingClock())
    engine = Engine(folder, invoke=functions, jsonata=shared())
    return Service(engine, Arns(account="111111111111"), functions)


async def wrong_states(rows: list[dict[str, Any]], service: Service) -> list[str]:
    """What TestState answers otherwise than AWS, one text for each row."""
    found = []
    for row in rows:
        answer = await _answer(service, row["request"])
        if not _same(row["expected"], answer, fuzzy=row["match"] == "fuzzy"):
            found.append(f"{row['id']}\n  wanted {row['expected']}\n  got    {answer}")
    return found


async def wrong_verdicts(
    rows: list[dict[str, Any]], service: Service
) -> tuple[list[str], list[str]]:
    """(what AWS accepts and we refuse, what it refuses and we accept), by id."""
    refused: list[str] = []
    accepted: list[str] = []
    for row in rows:
        text = row.get("definition_text") or json.dumps(row["definition"])
        answer = await validate(service, {"definition": text, "type": row["type"]})
        if answer["result"] != row["expected"]["result"]:
            (refused if answer["result"] == "FAIL" else accepted).append(row["id"])
    return refused, accepted


async def _answer(service: Service, request: dict[str, Any]) -> dict[str, Any]:
    request = {**request, "definition": json.dumps(request["definition"])}
    entry = OPERATIONS["TestState"]
    try:
        check(request, entry.members)
        return await entry.call(service, request)
    except Refused as error:
        return {"rejected": True, "code": error.code, "message": error.message}
    except WeftError as error:
        told = refusal_of(error)
        return {"rejected": True, "code": told.code, "message": told.message}


def _same(want: Any, got: Any, *, fuzzy: bool) -> bool:
    want, got = _read(want), _read(got)
    if isinstance(want, dict) and isinstance(got, dict):
        if want.get("rejected"):
            ends = str(want["message"]).endswith(str(got.get("message")))
            schema = "SCHEMA_VALIDATION_FAILED" in str(want["message"])
            return want["code"] == got.get("code") and (ends or schema)
        keys = want.keys() - UNSEEN
        return keys == got.keys() - UNSEEN and all(
            _same(want[k], got[k], fuzzy=fuzzy) for k in keys
        )
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(
            _same(a, b, fuzzy=fuzzy) for a, b in zip(want, got, strict=True)
        )
    if fuzzy and isinstance(want, str) and isinstance(got, str):
        return bool(PLACEHOLDER.search(want)) or want in ("date", "StateName", got)
    return bool(want == got)


def _read(value: Any) -> Any:
    """Recorded outputs are texts of JSON, of which objects were read already."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def load(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of `test_state` or `validation` in the reference data."""
    text = (folder / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
