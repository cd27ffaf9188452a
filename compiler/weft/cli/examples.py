"""The example workflows: found in the wheel or in the checkout, and given to a new home."""

import contextlib
from pathlib import Path

import orjson

from weft.domain.caller import Caller
from weft.domain.errors import CompileError
from weft.operations.create_workflow import create_workflow
from weft.operations.platform import Platform
from weft.operations.publish_workflow import publish_workflow


def example_folders() -> list[Path]:
    """One folder per example, by name; none where the examples were left out of an install."""
    here = Path(__file__).parent
    for folder in (here / "example_workflows", here.parents[2] / "examples"):
        found = sorted(path.parent for path in folder.glob("*/graph.json"))
        if found:
            return found
    return []


async def seed_examples(platform: Platform, caller: Caller) -> list[str]:
    """Makes each example a workflow, published where it can be; their names."""
    names = []
    for folder in example_folders():
        graph = orjson.loads((folder / "graph.json").read_bytes())
        made = await create_workflow(
            platform, caller, graph["name"], description=graph["description"], graph=graph
        )
        # One that needs something of the owner's first, such as a credential, stays a draft; its
        # diagnostics say what is missing whenever it is looked at.
        with contextlib.suppress(CompileError):
            await publish_workflow(platform, caller, made.workflow_id)
        names.append(graph["name"])
    return names
