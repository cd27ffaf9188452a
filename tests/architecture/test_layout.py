"""Where files may be and how long they may get."""

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Module

# Longer than 400 lines, with the reason. Empty is the wanted state.
ALLOWED_LONG: dict[str, str] = {}
MAX_LINES = 400
MAX_DEPTH = 3  # folders below `weft/`


def test_no_source_root_hides_the_others(root: Path) -> None:
    """A `weft/__init__.py` would make `weft` an ordinary package of one root."""
    strays = list(root.glob("*/weft/__init__.py"))
    strays += list(root.glob("layers/*/weft/__init__.py"))
    assert strays == []


def test_every_folder_of_code_is_a_package_with_a_docstring_only(modules: "list[Module]") -> None:
    folders = {module.path.parent for module in modules if module.path.parent.name != "weft"}
    missing = [folder for folder in folders if not (folder / "__init__.py").is_file()]
    assert missing == []
    for module in modules:
        if module.path.name != "__init__.py":
            continue
        body = module.tree.body
        assert len(body) == 1 and isinstance(body[0], ast.Expr), f"{module.name}: docstring only"
        assert ast.get_docstring(module.tree), f"{module.name}: says nothing"


def test_no_module_lies_directly_in_the_namespace(modules: "list[Module]") -> None:
    assert [module.name for module in modules if Path(module.name).parent.name == "weft"] == []


def test_folders_stay_shallow(modules: "list[Module]") -> None:
    deep = [m.name for m in modules if len(Path(m.name).parts) - 2 > MAX_DEPTH]
    assert deep == []


def test_modules_stay_short(modules: "list[Module]") -> None:
    long = {
        module.name: lines
        for module in modules
        if (lines := module.text.count("\n")) > MAX_LINES and module.name not in ALLOWED_LONG
    }
    assert long == {}, "split by meaning, or give a reason in ALLOWED_LONG"


def test_no_exception_outlives_its_reason(modules: "list[Module]") -> None:
    lengths = {module.name: module.text.count("\n") for module in modules}
    idle = [name for name in ALLOWED_LONG if lengths.get(name, 0) <= MAX_LINES]
    assert idle == []


def test_every_module_says_what_it_is_for(modules: "list[Module]") -> None:
    mute = [module.name for module in modules if not ast.get_docstring(module.tree)]
    assert mute == []
