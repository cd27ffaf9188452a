"""What functions are made of; third-party packages need a network, and are left out here."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from weft.domain.errors import Invalid
from weft.infra.bundling import LAYERS, ROOT, build_assets, unzipped_bytes
from weft.infra.deployment import Deployment, Domain, deployment_of


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (
        build_assets(tmp_path / name, "arm64", third_party=False).code for name in ("a", "b")
    )
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as held:
        names = held.namelist()
        assert {entry.date_time for entry in held.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == sorted(names)


def test_functions_carry_what_they_run_and_no_more(tmp_path: Path) -> None:
    code = build_assets(tmp_path, "arm64", third_party=False).code
    with zipfile.ZipFile(code) as held:
        names = set(held.namelist())
    assert {"weft/entries/runner.py", "weft/nodes/catalogue.json", "weft/engine/engine.py"} <= names
    left_out = ("weft/cli/", "weft/bench/", "weft/infra/")
    assert [name for name in names if name.startswith(left_out) or "__pycache__" in name] == []
    assert unzipped_bytes(code) < 5 * 2**20


def test_every_layer_has_a_lock() -> None:
    assert [lock for lock in LAYERS.values() if not (ROOT / lock).is_file()] == []


def test_only_the_runner_of_models_carries_sdks_of_vendors() -> None:
    with_sdk = {name for name, lock in LAYERS.items() if "\nopenai==" in (ROOT / lock).read_text()}
    assert with_sdk == {"runner-ai"}


def test_context_comes_as_text_or_as_json() -> None:
    given = {"tenants": "acme,globex", "environment": "prod", "bundle": "false"}
    assert deployment_of(given) == Deployment("prod", ("acme", "globex"), bundle=False)
    domain = {"name": "a.b", "zone_id": "Z", "zone_name": "b", "certificate_arn": "arn:aws:acm"}
    made = deployment_of({"tenants": ["acme"], "domain": domain, "tenant_alarms": False})
    assert made.domain == Domain("a.b", "Z", "b", "arn:aws:acm") and not made.tenant_alarms
    assert deployment_of({}) == Deployment()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("environment", "production"),
        ("architecture", "arm"),
        ("tenants", []),
        ("tenants", "acme,acme"),
        ("tenants", ["Acme"]),
        ("tenants", ["a" * 37]),
        ("tenants", ["acme-"]),
        ("bundle", "perhaps"),
        ("domain", {"name": "a.b"}),
    ],
)
def test_context_that_makes_no_sense_is_named(member: str, value: Any) -> None:
    with pytest.raises(Invalid, match=f"context {member}: write "):
        deployment_of({member: value})
