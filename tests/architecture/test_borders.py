"""What may happen only at a border: settings, profiles, broad catches, code from data."""

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Module

# The two places that must answer whatever happens below them.
CATCHES_EVERYTHING = ("weft/runner/", "weft/api/")
# Where the choice of a host is made, or is the subject.
KNOWS_PROFILES = ("weft/bootstrap/", "weft/adapters/", "weft/cli/", "weft/bench/")
READS_ENVIRONMENT = ("weft/bootstrap/settings.py",)
# The far side of the sandbox runs a person's code, in a process of its own with nothing of ours.
RUNS_USER_CODE = ("weft/runner/sandbox/guest.py", "weft/runner/sandbox/program.py")

CODE_FROM_DATA = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
UNSAFE_MODULES = {"pickle", "marshal", "shelve", "dill", "jinja2", "mako", "yaml", "imp"}


def test_only_the_two_borders_catch_everything(modules: "list[Module]") -> None:
    found = []
    for module in modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            names = {n.id for n in caught if isinstance(n, ast.Name)}
            broad = node.type is None or names & {"Exception", "BaseException"}
            if broad and not _passes_on(node) and not module.name.startswith(CATCHES_EVERYTHING):
                found.append(f"{module.name}:{node.lineno}")
    assert found == []


def _passes_on(handler: ast.ExceptHandler) -> bool:
    """Whether the handler only cleans up: its last word is to raise again."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_no_error_is_swallowed_without_a_word(modules: "list[Module]") -> None:
    found = []
    for module in modules:
        lines = module.text.splitlines()
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler) and _is_bare_pass(node):
                near = "\n".join(lines[node.lineno - 1 : node.body[0].lineno])
                if "#" not in near:
                    found.append(f"{module.name}:{node.lineno}")
    assert found == [], "say in a comment why nothing has to be done"


def _is_bare_pass(handler: ast.ExceptHandler) -> bool:
    return len(handler.body) == 1 and isinstance(handler.body[0], ast.Pass)


def test_only_settings_read_the_environment(modules: "list[Module]") -> None:
    found = []
    for module in modules:
        if module.name in READS_ENVIRONMENT:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}:
                found.append(f"{module.name}:{node.lineno}")
    assert found == []


def test_nobody_else_asks_which_host_it_is(modules: "list[Module]") -> None:
    """One artefact, two hosts: write a port and two adapters instead of a branch."""
    found = []
    for module in modules:
        if module.name.startswith(KNOWS_PROFILES):
            continue
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.expr) or id(node) in module.docstrings:
                continue
            text = (
                node.value
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
                else getattr(node, "id", None) or getattr(node, "attr", None) or ""
            )
            if re.search(r"\bembedded\b|\bprofile\b", text):
                found.append(f"{module.name}:{node.lineno}")
    assert found == []


def test_data_never_becomes_code(modules: "list[Module]") -> None:
    found = []
    for module in modules:
        if module.name in RUNS_USER_CODE:
            continue
        found += [
            f"{module.name}:{line} {name}"
            for name, line in module.calls()
            if name in CODE_FROM_DATA
        ]
        found += [
            f"{module.name}:{line} import {name}"
            for name, line in module.imports()
            if name.split(".")[0] in UNSAFE_MODULES
        ]
    assert found == []


def test_no_shell_runs_a_command(modules: "list[Module]") -> None:
    found = []
    for module in modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            shell = [k for k in node.keywords if k.arg == "shell"]
            if any(
                not (isinstance(k.value, ast.Constant) and k.value.value is False) for k in shell
            ):
                found.append(f"{module.name}:{node.lineno}")
    assert found == []


def test_the_pure_middle_reads_no_clock_and_no_dice(modules: "list[Module]") -> None:
    """Compiling the same graph twice gives the same bytes, on any day."""
    pure = ("weft/ir/", "weft/asl/", "weft/expressions/", "weft/compiler/", "weft/nodekit/")
    impure = {"time.time", "datetime.now", "datetime.datetime.now", "datetime.utcnow", "uuid.uuid4"}
    found = [
        f"{module.name}:{line} {name}"
        for module in modules
        if module.name.startswith(pure)
        for name, line in module.calls()
        if name in impure or name.startswith("random.")
    ]
    assert found == []


def test_tests_pass_fakes_instead_of_patching(root: Path) -> None:
    # The word is put together so that this file does not find itself.
    banned = re.compile(r"unittest\.mo" + r"ck|mo" + r"ck\.patch|monkeypatch\.setattr")
    found = [
        path.relative_to(root).as_posix()
        for path in (root / "tests").rglob("*.py")
        if banned.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
