"""The import contracts of pyproject.toml hold, and cover every slice there is."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Module


def test_the_import_contracts_hold(root: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run(
        [linter, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout[-4000:] + outcome.stderr


def test_every_slice_is_required_to_exist_once_it_does(root: Path, modules: "list[Module]") -> None:
    """`(slice)` in a contract means "may be missing": drop the parentheses when it is there."""
    settings = tomllib.loads((root / "pyproject.toml").read_text())
    contract = settings["tool"]["importlinter"]["contracts"][0]
    optional = {
        name.strip().strip("()")
        for layer in contract["layers"]
        for name in layer.split("|")
        if name.strip().startswith("(")
    }
    present = {module.name.split("/")[1] for module in modules}
    assert sorted(optional & present) == []


def test_starting_the_cli_loads_nothing_heavy() -> None:
    """`weft --help` answers at once: the commands, and all they need, are loaded on use."""
    heavy = ("pydantic", "fastapi", "uvicorn", "openai", "httpx", "cryptography", "sqlite3", "rich")
    script = (
        "import sys, weft.cli.main as m\n"
        "code = 0\n"
        "try:\n    m.main(['--help'])\n"
        "except SystemExit as e:\n    code = e.code\n"
        f"loaded = [n for n in {heavy!r} if n in sys.modules]\n"
        "print('LOADED', loaded, code)\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert outcome.stdout.splitlines()[-1] == "LOADED [] 0"


def test_a_laptop_needs_no_sdk_of_aws() -> None:
    """The extra is for stacks: what runs on one machine starts where it is not installed."""
    script = (
        "import sys\n"
        "for name in ('boto3', 'botocore', 'pynamodb'): sys.modules[name] = None\n"
        "import weft.bootstrap.one_machine, weft.bootstrap.platform, weft.api.entry\n"
        "import weft.cli.dev_server, weft.runner.worker\n"
    )
    outcome = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
