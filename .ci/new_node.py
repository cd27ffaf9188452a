"""Scaffolds a node type: `new_node.py net.foo` writes its source and its test."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

SOURCE = '''"""{title}: say in one sentence what it does."""

from weft.ir.ops import Compute, Op
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType


class {camel}Config(NodeConfig):
    """Say what each field is for, with its unit and limit."""

    value: Value = None


def lower(node: BoundNode[{camel}Config]) -> Op:
    """Pure: the value on the output port."""
    return Compute({{"output": node.value("value")}})


NODE = NodeType(
    name="{name}",
    version=1,
    title="{title}",
    description="Say in one line what a person gets from it.",
    category=Category.{category},
    config={camel}Config,
    lower=lower,
)
'''

TEST = '''"""The node type `{name}`."""

from weft.ir.ops import Compute
from weft.nodekit.node_type import BoundNode
from weft.nodes.{folder}.{name} import NODE, {camel}Config, lower


def test_{name}_sends_its_value_on() -> None:
    node = BoundNode("n", {camel}Config(value=7), frozenset(), NODE.output_ports({camel}Config()))
    lowered = lower(node)
    assert isinstance(lowered, Compute)
    assert set(lowered.outputs) == {{"output"}}
'''


def main() -> int:
    """Write both files; refuse to overwrite."""
    given = sys.argv[1] if len(sys.argv) > 1 else ""
    folders = sorted(p.name for p in (ROOT / "functions/weft/nodes").iterdir() if p.is_dir())
    folders = [name for name in folders if not name.startswith("_")]
    match = re.fullmatch(r"([a-z]+)\.([a-z][a-z0-9_]*)", given)
    if match is None or match[1] not in folders:
        sys.stderr.write(
            f"make node: name=<folder>.<name>, with a folder of {', '.join(folders)}\n"
        )
        return 2
    folder, name = match.groups()
    words = {
        "folder": folder,
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "camel": "".join(part.capitalize() for part in name.split("_")),
        "category": folder.upper(),
    }
    files = {
        ROOT / "functions/weft/nodes" / folder / f"{name}.py": SOURCE,
        ROOT / "tests/nodes" / f"test_{name}.py": TEST,
    }
    for path in files:
        if path.exists():
            sys.stderr.write(f"make node: {path.relative_to(ROOT)} is there already\n")
            return 1
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**words), encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    sys.stdout.write("Next: fill them in, then `make catalogue` and `make check`.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
