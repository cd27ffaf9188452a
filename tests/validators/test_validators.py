"""Two validators that know nothing of us accept what the compiler emits."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from tests.support.concrete import concrete

from weft.asl.verify.verify import verify
from weft.compiler.compile import compile_workflow
from weft.compiler.options import OPTIMAL, UNOPTIMISED, Options
from weft.validation.family import PROBES, REAL, Family

HERE = Path(__file__).parent
GOLDEN = HERE.parents[1] / "statemachines/golden"
Definitions = dict[str, dict[str, Any]]
# One template per so many machines: CloudFormation takes 500 resources and 1 MB.
PER_TEMPLATE = 40
SAMPLE = range(700_000, 700_008)


def goldens() -> Definitions:
    return {
        str(path.relative_to(GOLDEN)): concrete(json.loads(path.read_text("utf-8")))
        for path in sorted(GOLDEN.rglob("*.asl.json"))
    }


def sample(family: Family, options: Options) -> Definitions:
    """Compiled random graphs, the machines that they start included."""
    found: Definitions = {}
    for seed in SAMPLE:
        made = compile_workflow(family.graph(seed, 15), family.catalogue, options=options)
        found[f"seed {seed}"] = concrete(made.definition)
        for name, child in made.children.items():
            found[f"seed {seed}, {name}"] = concrete(dict(child.definition))
    return found


SETS: dict[str, Callable[[], Definitions]] = {
    "goldens": goldens,
    "probes": lambda: sample(PROBES, OPTIMAL),
    "real": lambda: sample(REAL, OPTIMAL),
    "a state for every node": lambda: sample(REAL, UNOPTIMISED),
}
BROKEN: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "a",
    "States": {"a": {"Type": "Loop", "Resource": "arn:aws:states:::sns:publish"}},
}


@pytest.fixture(scope="session", params=SETS)
def definitions(request: pytest.FixtureRequest) -> Definitions:
    found = SETS[request.param]()
    assert len(found) >= len(SAMPLE)
    return found


def refused_by_cloudformation(definitions: Definitions) -> dict[str, list[str]]:
    """What cfn-lint's errors say (E3601 is its rule for state machines), by definition."""
    names = list(definitions)
    found: dict[str, list[str]] = {}
    for first in range(0, len(names), PER_TEMPLATE):
        group = names[first : first + PER_TEMPLATE]
        text = template([definitions[name] for name in group])
        for match in lint(text, regions=["us-east-1"]):
            if match.rule.id.startswith("E"):
                name = group[match.linenumber - 2]
                found.setdefault(name, []).append(f"{match.rule.id} {match.message}")
    return found


def template(group: list[dict[str, Any]]) -> str:
    """A CloudFormation template with a machine a line, so that a line says which one is meant."""
    machines = [
        {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"RoleArn": "arn:aws:iam::111111111111:role/r", "Definition": made},
        }
        for made in group
    ]
    lines = [f'"M{k}": {json.dumps(made, ensure_ascii=False)}' for k, made in enumerate(machines)]
    return '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {\n' + ",\n".join(lines) + "}}"


def legible(value: Any) -> Any:
    """What `asl-validator` can read: its patterns take no empty text and none of several lines,
    and no constant but a text or an object as an output."""
    if isinstance(value, dict):
        made = {key: legible(part) for key, part in value.items()}
        if "Type" in made and not isinstance(made.get("Output", ""), str | dict):
            made["Output"] = {"value": made["Output"]}
        return made
    if isinstance(value, list):
        return [legible(part) for part in value]
    return " ".join(value.split()) or "-" if isinstance(value, str) else value


def refused_by_the_community(definitions: Definitions) -> dict[str, list[str]]:
    """What the npm package `asl-validator` says, by definition."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node is not installed")
    if not (HERE / "node_modules" / "asl-validator").is_dir():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    lines = "".join(json.dumps(legible(found)) + "\n" for found in definitions.values())
    done = subprocess.run(
        [node, str(HERE / "check.js")], input=lines, capture_output=True, text=True, check=True
    )
    answers = map(json.loads, done.stdout.splitlines())
    return {name: told for name, told in zip(definitions, answers, strict=True) if told}


def test_our_own_rules_find_nothing(definitions: Definitions) -> None:
    assert {name: found for name, made in definitions.items() if (found := verify(made))} == {}


def test_cloudformations_linter_finds_nothing(definitions: Definitions) -> None:
    assert refused_by_cloudformation(definitions) == {}


def test_the_communitys_validator_finds_nothing(definitions: Definitions) -> None:
    assert refused_by_the_community(definitions) == {}


def test_both_find_what_is_wrong() -> None:
    both = {"right": next(iter(goldens().values())), "wrong": BROKEN}
    assert set(refused_by_cloudformation(both)) == {"wrong"}
    assert set(refused_by_the_community(both)) == {"wrong"}
