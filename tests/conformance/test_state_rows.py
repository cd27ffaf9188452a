"""TestState requests with AWS's answers or refusals, against ours."""

import json
import re
from pathlib import Path
from typing import Any

from weft.domain.errors import WeftError
from weft.engine.attempts import Invoke
from weft.engine.engine import Engine
from weft.stepfunctions.arns import Arns
from weft.stepfunctions.members import check
from weft.stepfunctions.operations.registry import OPERATIONS
from weft.stepfunctions.refusals import Refused, refusal_of
from weft.stepfunctions.service import Service

PLACEHOLDER = re.compile(r"<[a-z]+(?::\d+)?>")
# AWS answers these of an HTTP call that nobody makes here.
UNSEEN = frozenset({"SdkHttpMetadata", "SdkResponseMetadata"})


async def wrong_rows(rows: list[dict[str, Any]], engine: Engine, invoke: Invoke) -> list[str]:
    """What differs, one line for each row that does."""
    service = Service(engine, Arns(account="111111111111"), invoke)
    found = []
    for row in rows:
        answer = await _answer(service, row["request"])
        if not _same(row["expected"], answer, fuzzy=row["match"] == "fuzzy"):
            found.append(f"{row['id']}\n  wanted {row['expected']}\n  got    {answer}")
    return found


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


def load(folder: Path) -> list[dict[str, Any]]:
    """The rows of the reference data."""
    text = (folder / "asl_conformance" / "test_state.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
