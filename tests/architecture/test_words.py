"""Names use the glossary's words (docs/glossary.md)."""

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Module

# Words that stand for something else here, or for nothing, in names of modules and classes.
BANNED = {
    "pipeline": "workflow or program",
    "scenario": "workflow",
    "canvas": "graph",
    "websocket_handler": "route",
    "manager": "the thing itself, or an operation",
    "helper": "what it helps with",
    "util": "what it is for",
    "utils": "what it is for",
    "misc": "what it is for",
}
# Names that a library or a host gives: http.server's methods, httpx' transports, Lambda's handler.
THEIR_WORDS = r"do_[A-Z]+|handle_(?:async_)?request|handle_with"
VAGUE_VERBS = ("handle_", "process_", "manage_", "do_")


def _words(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return set(spaced.lower().split("_"))


def test_modules_and_classes_use_the_glossary(modules: "list[Module]") -> None:
    found = []
    for module in modules:
        names = [(module.path.stem, 1)]
        names += [(n.name, n.lineno) for n in ast.walk(module.tree) if isinstance(n, ast.ClassDef)]
        for name, line in names:
            if not name.startswith("_") and _words(name) & BANNED.keys():
                found.append(f"{module.name}:{line} {name}")
    assert found == []


def test_functions_say_what_they_do(modules: "list[Module]") -> None:
    found = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith(VAGUE_VERBS)
        and not re.fullmatch(THEIR_WORDS, node.name)
    ]
    assert found == []


def test_functions_take_few_parameters(modules: "list[Module]") -> None:
    """Five, `self` aside; then it is a dataclass. Routes and commands list what callers send."""
    borders = ("weft/api/routes/", "weft/cli/commands/", "weft/infra/")
    found = []
    for module in modules:
        if module.name.startswith(borders):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                plain = [a.arg for a in node.args.posonlyargs + node.args.args]
                count = len([name for name in plain if name not in ("self", "cls")])
                if count > 5:
                    found.append(f"{module.name}:{node.lineno} {node.name} takes {count}")
    assert found == []
