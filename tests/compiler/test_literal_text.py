"""What an author writes as text stays text, whatever it looks like, on every JSONata engine."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.compiler.compile import compile_workflow
from weft.domain.errors import CompileError
from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.jsonata import Jsonata
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.jsonata_reference import ReferenceJsonata
from weft.nodes.catalogue import NodeCatalogue

# fmt: off
NASTY = ["{% $states.input %}", "{%", "%}", "{% 1 %}", '"', "'", "\\", "\\u0041", "`", "$", "$x",
         "😀", "\u2028", "\x00", "\n", "%", "{", "}", "a.b", "/* x */", "~>", "^", "a\tb"]
# fmt: on
# Templates escape {{ and {% by a backslash, which does not come out.
# The one key that not every host keeps; the check refuses it, see below.
PROTO = "__proto__"
texts = st.one_of(
    st.sampled_from(NASTY),
    st.lists(st.sampled_from(NASTY), max_size=4).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
).filter(lambda text: "{{" not in text and "\\{%" not in text and text != PROTO)
values = st.recursive(
    texts | st.none() | st.booleans() | st.integers(-999, 999),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


async def echo(function: str, payload: Any, deadline: float | None) -> Any:
    """A handler that answers with what its config holds."""
    return {"outputs": {"output": {"kept": payload["config"]["data"]["value"]}}}


async def output(graph: dict[str, Any], jsonata: Jsonata) -> Any:
    """The result of the graph's only output node."""
    definition = compile_workflow(graph, NodeCatalogue()).definition
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder), invoke=echo, jsonata=jsonata, clock=SkippingClock())
        await engine.open()
        machine = engine.create_machine("m", definition)
        run = {"id": "r", "tenant": "t", "workflow": "w", "started_at": "2030-01-01T00:00:00Z"}
        given_input: Any = {"run": run, "trigger": {"node": "start"}}
        ended = await engine.wait(engine.start(machine, "r", given_input))
        await engine.close()
    assert ended.status == "SUCCEEDED", (ended.error, ended.cause)
    assert isinstance(ended.output, dict)
    return ended.output["result"]["out"]


def graph_with(value: Any) -> dict[str, Any]:
    """The value beside a computed one, so that it cannot all be folded away."""
    fields = {"kept": value, "computed": "{{trigger.node}}"}
    return {
        "schema": "weft/1",
        "nodes": [
            {"id": "start", "type": "manual_trigger"},
            {"id": "keep", "type": "set_fields", "config": {"fields": fields}},
            {"id": "out", "type": "output", "config": {"value": "{{keep.output.kept}}"}},
        ],
        "edges": [{"source": "start", "target": "keep"}, {"source": "keep", "target": "out"}],
    }


@pytest.mark.parametrize("jsonata", [FastJsonata(), ReferenceJsonata()], ids=["fast", "reference"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=values)
def test_text_in_a_config_comes_out_as_it_went_in(jsonata: Jsonata, value: Any) -> None:
    found = asyncio.run(output(graph_with(value), jsonata))
    assert json.dumps(found, sort_keys=True) == json.dumps(value, sort_keys=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=values)
def test_text_in_a_config_reaches_a_handler_as_it_was_written(value: Any) -> None:
    graph = graph_with(None)
    config = {"message": "m", "data": {"value": value}}
    graph["nodes"][1] = {"id": "keep", "type": "log", "config": config}
    assert asyncio.run(output(graph, FastJsonata())) == value


def test_a_key_that_not_every_host_keeps_is_refused() -> None:
    with pytest.raises(CompileError) as refused:
        compile_workflow(graph_with({PROTO: 1}), NodeCatalogue())
    assert [item.code for item in refused.value.diagnostics] == ["W3004"]
