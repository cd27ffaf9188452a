"""What starts a run has the inputs that its version declares."""

from typing import Any

import pytest

from weft.domain.errors import Invalid
from weft.domain.workflow import PublishedVersion
from weft.operations.run_inputs import require_inputs

DECLARED = [
    {"name": "email", "type": "string", "required": True},
    {"name": "size", "type": "number", "required": True, "default": 5},
    {"name": "tags", "type": "array"},
    {"name": "rest"},
]


def version(*nodes: dict[str, Any], edges: str = "form>ask") -> PublishedVersion:
    pairs = [edge.split(">") for edge in edges.split()]
    graph = {
        "nodes": [{"id": "form", "type": "manual_trigger"}, *nodes],
        "edges": [{"source": source, "target": target} for source, target in pairs],
    }
    return PublishedVersion("t", "w", 1, 1, graph, {}, {}, {}, "", "", 0, "u")


def asking(**changes: Any) -> dict[str, Any]:
    return {"id": "ask", "type": "input", "config": {"inputs": DECLARED}, **changes}


@pytest.mark.parametrize(
    "data",
    [
        {"email": "a@b.example"},
        {"email": "", "size": 1.5, "tags": [], "rest": {"any": "thing"}, "more": 1},
        {"email": "a", "size": None, "tags": None},
    ],
)
def test_what_fits_starts(data: Any) -> None:
    require_inputs(version(asking()), "form", data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, ["email is missing"]),
        ("text", ["email is missing"]),
        ({"email": None}, ["email is missing"]),
        ({"email": 1, "size": True, "tags": {}}, ["email is no string", "size is no", "tags is"]),
        ({"email": "a", "size": "5"}, ["size is no number"]),
    ],
)
def test_every_input_that_does_not_fit_is_named(data: Any, said: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        require_inputs(version(asking()), "form", data)
    assert all(part in str(caught.value) for part in said)


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [asking(disabled=True)],
        [asking(config={"inputs": []})],
        [{"id": "ask", "type": "input"}],
    ],
)
def test_nothing_is_asked_where_nothing_is_declared(nodes: list[dict[str, Any]]) -> None:
    require_inputs(version(*nodes), "form", None)


def test_only_inputs_behind_the_trigger_count() -> None:
    hook = {"id": "hook", "type": "webhook_trigger"}
    between = {"id": "set", "type": "set_fields"}
    made = version(asking(), hook, between, edges="form>set set>ask hook>other")
    require_inputs(made, "hook", None)
    with pytest.raises(Invalid, match="email"):
        require_inputs(made, "form", None)
