"""The catalogue: it is what the modules say, and loading it costs nothing heavy."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from weft.domain.errors import PermanentStepError
from weft.nodekit.node_type import NodeType
from weft.nodes.catalogue import NodeCatalogue, load_entries, load_node, render_catalogue
from weft.nodes.modules import node_modules

HEAVY = ("openai", "httpx", "fastapi", "starlette", "cryptography", "boto3", "jsonata", "sqlite3")
ENTRIES = load_entries()


def _import(script: str) -> list[str]:
    """Modules that are loaded once the script has run."""
    code = f"import sys\n{script}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_generated_catalogue_is_what_the_modules_say() -> None:
    path = Path(sys.modules["weft.nodes.catalogue"].__file__ or "").with_name("catalogue.json")
    assert path.read_text(encoding="utf-8") == render_catalogue(), "run `make catalogue`"


def test_importing_every_node_type_loads_nothing_heavy() -> None:
    script = "from weft.nodes.modules import node_modules\n"
    script += "from importlib import import_module\n[import_module(m) for m in node_modules()]"
    loaded = _import(script)
    assert "weft.nodes.ai.llm_chat" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_finding_one_node_type_loads_no_other() -> None:
    loaded = _import("from weft.nodes.catalogue import NodeCatalogue\nNodeCatalogue().find('set')")
    folders = {f"weft.nodes.{part}" for part in ("ai", "app", "flow", "net", "tools", "trigger")}
    assert "weft.nodes.data.set_fields" in loaded
    assert [name for name in loaded if name in folders] == []


def test_names_and_aliases_are_unique() -> None:
    names = [name for entry in ENTRIES for name in (entry["name"], *entry["aliases"])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("alias", ["http_webhook", "schedule", "loop", "wait", "edit_fields",
                                   "aggregator", "human_approval", "code_executor"])  # fmt: skip
def test_a_node_type_is_found_by_the_names_of_other_documents(alias: str) -> None:
    found = NodeCatalogue().find(alias)
    assert found is not None and alias in found.aliases


def test_what_is_not_there_is_not_found() -> None:
    assert NodeCatalogue().find("nope") is None
    with pytest.raises(PermanentStepError, match="no node type 'nope'"):
        load_node("nope")
    with pytest.raises(PermanentStepError, match="publish it again"):
        load_node("log", 99)


@pytest.mark.parametrize("module", node_modules())
def test_a_node_type_is_whole(module: str, kit: Any) -> None:
    entry = next(entry for entry in ENTRIES if entry["module"] == module)
    node: NodeType[Any] = kit.type(entry["name"])
    assert (node.run is None) == (node.group is None)
    assert node.run is not None or not node.needs
    assert node.icon and node.description.endswith(".")
    assert node.is_trigger == (not node.inputs)
    assert not node.credentials or "credential" in node.config.model_fields


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_every_config_field_is_explained_for_forms(entry: dict[str, Any]) -> None:
    schema = entry["config"]
    forms = [schema, *schema.get("$defs", {}).values()]
    for form in forms:
        for name, field in form.get("properties", {}).items():
            assert field.get("title") and field.get("description"), (entry["name"], name)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_no_config_field_asks_for_a_secret(entry: dict[str, Any]) -> None:
    told = {"password", "secret", "token", "api_key", "apikey"}
    assert not told & set(entry["config"].get("properties", {}))


def test_ports_that_follow_from_the_config_are_described_as_data() -> None:
    by_name = {entry["name"]: entry for entry in ENTRIES}
    assert by_name["switch"]["outputs_from"]["each"]["field"] == "cases"
    assert [port["name"] for port in by_name["switch"]["outputs"]] == ["default"]
    assert by_name["approval"]["outputs_from"]["when"]["port"]["name"] == "timeout"
    assert by_name["log"]["outputs_from"] is None


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_every_node_type_has_a_golden_graph_that_uses_it(entry: dict[str, Any]) -> None:
    root = Path(__file__).parents[2] / "statemachines" / "golden" / "nodes"
    text = (root / entry["name"] / "graph.json").read_text(encoding="utf-8")
    assert f'"type": "{entry["name"]}"' in text
