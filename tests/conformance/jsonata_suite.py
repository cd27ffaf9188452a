"""Scores both JSONata libraries, behind our port, over the official JSONata test suite.

`python tests/conformance/jsonata_suite.py [SUITE FOLDER]` prints one line for each library.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from weft.engine.jsonata import MISSING, Jsonata, JsonataError, JsonataSyntaxError
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.jsonata_reference import ReferenceJsonata

SUITE = Path(__file__).resolve().parents[3] / "shared" / "jsonata_suite"
# Step Functions has no $eval and its own $random; such cases do not say anything about the port.
LEFT_OUT = frozenset({"function-eval"})


def cases(suite: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case with its name."""
    for path in sorted(suite.glob("groups/*/*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        for i, case in enumerate(found if isinstance(found, list) else [found]):
            if "expr-file" in case:
                case["expr"] = (path.parent / case["expr-file"]).read_text(encoding="utf-8")
            yield f"{path.parent.name}/{path.stem}[{i}]", case


def document(suite: Path, case: dict[str, Any]) -> Any:
    """The input of a case."""
    if case.get("dataset"):
        path = suite / "datasets" / f"{case['dataset']}.json"
        return json.loads(path.read_text(encoding="utf-8"))
    return case.get("data")


def passes(port: Jsonata, suite: Path, case: dict[str, Any]) -> bool:
    """Whether the port gives what the case expects."""
    error = case.get("error", {})
    code = case.get("code") or (error.get("code") if isinstance(error, dict) else None)
    try:
        expression = port.compile(case["expr"])
        result = expression.evaluate(document(suite, case), case.get("bindings") or {})
    except (JsonataError, JsonataSyntaxError) as raised:
        return (code is not None and raised.code == code) or (code is None and "error" in case)
    if code is not None or "error" in case:
        return False
    if case.get("undefinedResult"):
        return result is MISSING
    return "result" not in case or same(case["result"], result)


def same(want: Any, got: Any) -> bool:
    """Equal as JSON, with a little room for the last digits of numbers."""
    if isinstance(want, bool) or isinstance(got, bool):
        return want is got
    if isinstance(want, int | float) and isinstance(got, int | float):
        return abs(want - got) <= 1e-12 * max(abs(want), abs(got), 1)
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(same, want, got))
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(same(want[k], got[k]) for k in want)
    return type(want) is type(got) and bool(want == got)


def score(port: Jsonata, suite: Path = SUITE) -> tuple[int, int, list[str]]:
    """Passed, counted, and the names of the cases that failed."""
    total = 0
    failed = []
    for name, case in cases(suite):
        if name.split("/")[0] in LEFT_OUT:
            continue
        total += 1
        if not passes(port, suite, case):
            failed.append(name)
    return total - len(failed), total, failed


def main() -> None:
    """Print the scores."""
    suite = Path(sys.argv[1]) if len(sys.argv) > 1 else SUITE
    for name, port in (("jsonata2py", FastJsonata()), ("jsonata-python", ReferenceJsonata())):
        passed, total, failed = score(port, suite)
        sys.stdout.write(f"{name}: {passed} of {total}\n")
        for case in failed:
            sys.stdout.write(f"    {case}\n")


if __name__ == "__main__":
    main()
