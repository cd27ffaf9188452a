"""Every artefact that the compiler is known to make can be put into an account."""

import json
from pathlib import Path

from tests.support.step_functions_host import ROLE, function_arn, served

from weft.adapters.aws.arns import Arns
from weft.adapters.aws.step_functions import StepFunctionsHost
from weft.domain.child_machine import ChildMachine

GOLDEN = Path(__file__).parents[2] / "statemachines" / "golden"
ARNS = Arns(
    {group: function_arn(group) for group in ("ai", "code", "data", "flow", "net")},
    {"cred_1": "arn:aws:events:us-east-1:000000000000:connection/one/0"},
)


def children_of(case: Path) -> dict[str, ChildMachine]:
    found = {}
    for path in sorted((case / "children").glob("*.asl.json")):
        name = path.name.removesuffix(".asl.json")
        kind = "EXPRESS" if name.startswith("express") else "STANDARD"
        found[name] = ChildMachine(kind, json.loads(path.read_text(encoding="utf-8")))  # type: ignore[arg-type]
    return found


async def test_every_golden_is_taken_with_its_children(tmp_path: Path) -> None:
    cases = sorted(path.parent for path in GOLDEN.rglob("workflow.asl.json"))
    assert len(cases) > 50
    async with served(tmp_path) as place:
        host = StepFunctionsHost(place, ROLE, ARNS)
        for number, case in enumerate(cases):
            definition = json.loads((case / "workflow.asl.json").read_text(encoding="utf-8"))
            made = await host.publish(f"golden-{number}", definition, children_of(case))
            assert made.endswith(f":golden-{number}"), case.name
