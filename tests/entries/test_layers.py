"""Functions find all that they import in the layer that they are deployed with."""

import json
import re
import subprocess
import sys

import pytest

from weft.infra.bundling import LAYERS, ROOT
from weft.nodes.catalogue import load_entries

# A process in which third-party packages that the layer does not have cannot be found.
_SCRIPT = """
import importlib, json, re, sys
from importlib.metadata import packages_distributions

def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()

layer, modules = json.loads(sys.stdin.read())
owners = packages_distributions()

class OnlyTheLayer:
    def find_spec(self, name, path=None, target=None):
        found = owners.get(name.partition(".")[0], ("weft",))
        if not {plain(owner) for owner in found} & {"weft", *layer}:
            raise ModuleNotFoundError(f"{name} is not in the layer")

sys.meta_path.insert(0, OnlyTheLayer())
for module in modules:
    importlib.import_module(module)
"""
_STORED = ("weft.bootstrap.aws",)  # loaded when a step first asks for what is stored
_OF_NEEDS = {
    "http": "weft.adapters.http.client",
    "chat": "weft.adapters.ai.openai_chat",
    "code": "weft.runner.sandbox.sandbox",
}


def _of_group(*groups: str) -> list[str]:
    """What runners of these groups import, early or late."""
    entries = [entry for entry in load_entries() if entry["group"] in groups]
    needs = {need for entry in entries for need in entry["needs"]}
    late = [module for need, module in _OF_NEEDS.items() if need in needs]
    assert late, "no node of the groups needs anything: the test looks at nothing"
    return [*_STORED, "weft.nodes.evaluate", *late, *(entry["module"] for entry in entries)]


@pytest.mark.parametrize(
    ("layer", "modules"),
    [
        ("api", ["weft.entries.api", "weft.bootstrap.aws", "weft.adapters.http.client"]),
        ("runner", ["weft.entries.runner", *_of_group("flow", "net", "code")]),
        ("runner-ai", ["weft.entries.runner", *_of_group("ai")]),
    ],
)
def test_a_function_imports_only_what_its_layer_has(layer: str, modules: list[str]) -> None:
    lock = (ROOT / LAYERS[layer]).read_text("utf-8")
    pinned = [re.sub(r"[-_.]+", "-", n).lower() for n in re.findall(r"(?m)^([\w.-]+)==", lock)]
    outcome = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        input=json.dumps([pinned, modules]), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr[-600:]


def test_a_package_that_a_layer_lacks_is_noticed() -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        input=json.dumps([[], ["weft.entries.api"]]), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "is not in the layer" in outcome.stderr
