"""The source of Weft, parsed once, for tests that look at code instead of running it."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = ("compiler", "functions", "layers/core", "layers/engine", "layers/client", "infra")


@dataclass(frozen=True)
class Module:
    """One Python file of the product. `name` is its path below the source root, `weft/…`."""

    path: Path
    name: str

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def docstrings(self) -> frozenset[int]:
        """`id` of each constant that is a docstring: prose, not code."""
        owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        found: set[int] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr):
                found.add(id(node.body[0].value))
        return frozenset(found)

    def calls(self) -> Iterator[tuple[str, int]]:
        """Dotted name and line of every call."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield dotted(node.func), node.lineno

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every imported module, or module member, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module, node.lineno
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a name or attribute; the part that is neither becomes `?`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every Python module of the product, tests left out."""
    found = [
        Module(path, path.relative_to(ROOT / source).as_posix())
        for source in SOURCE_ROOTS
        for path in sorted((ROOT / source / "weft").rglob("*.py"))
    ]
    assert found, "no source found: the roots above are wrong"
    return found


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file of the checkout that is, or is about to be, in version control."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    names = [name for name in listing.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]
