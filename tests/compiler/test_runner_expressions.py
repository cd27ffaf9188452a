"""What JSONata cannot compute is computed by a runner where a node only computes, else refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from weft.compiler.check.runner_expressions import not_lowered
from weft.compiler.compile import compile_workflow
from weft.domain.errors import CompileError, PermanentStepError, Severity
from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.jsonata_fast import FastJsonata
from weft.ir.ops import Compute, Invoke
from weft.nodekit.evaluation import EvaluationConfig, run
from weft.nodes.catalogue import NodeCatalogue, load_node

LOCAL = (
    "{{ strftime(trigger.data.at, '%d.%m.%Y %H:%M', 'Europe/Berlin') }} {{ trigger.data.n + 1 }}"
)


def graph(config: dict[str, Any], kind: str = "template") -> dict[str, Any]:
    return {
        "schema": "weft/1",
        "name": "g",
        "nodes": [
            {"id": "start", "type": "manual_trigger"},
            {"id": "made", "type": kind, "config": config},
            {"id": "out", "type": "output", "config": {"value": "{{ made.output }}"}},
        ],
        "edges": [
            {"source": "start", "target": "made"},
            {"source": "made", "target": "out"},
        ],
    }


async def answer(function: str, payload: Any, deadline: float | None) -> Any:
    """A runner that can do this one step."""
    node = load_node(payload["node_type"], payload["version"])
    config = node.config.model_validate(payload["config"], context={"templates": False})
    assert node.run is not None
    return {"outputs": dict(node.run(config, payload["inputs"], None))}  # type: ignore[arg-type]


async def result(folder: Path, document: dict[str, Any], data: Any) -> Any:
    definition = compile_workflow(document, NodeCatalogue()).definition
    engine = Engine(folder, invoke=answer, jsonata=FastJsonata(), clock=SkippingClock())
    await engine.open()
    machine = engine.create_machine("m", definition)
    about = {"id": "r", "tenant": "t", "workflow": "w", "started_at": "2030-01-01T00:00:00Z"}
    given: Any = {"run": about, "trigger": {"node": "start", "data": data}}
    ended = await engine.wait(engine.start(machine, "r", given))
    await engine.close()
    assert ended.status == "SUCCEEDED", (ended.error, ended.cause)
    assert isinstance(ended.output, dict)
    return ended.output["result"]["out"]


def test_a_runner_computes_what_needs_a_time_zone(tmp_path: Path) -> None:
    data = {"at": "2024-07-01T22:30:00Z", "n": 1}
    found = asyncio.run(result(tmp_path, graph({"template": LOCAL}), data))
    assert found == "02.07.2024 00:30 2"


def test_the_author_is_told_what_and_why() -> None:
    made = compile_workflow(graph({"template": LOCAL}), NodeCatalogue())
    told = [item for item in made.diagnostics if item.code == "W3005"]
    assert [(item.node, item.severity) for item in told] == [("made", Severity.NOTE)]
    why = "output: utcoffset(…): JSONata knows no time zones by name"
    assert told[0].message == why
    assert not_lowered(made.flow) == {"made": [why]}


def test_a_node_that_the_host_can_compute_has_no_step() -> None:
    made = compile_workflow(graph({"template": "{{ trigger.data.n + 1 }}"}), NodeCatalogue())
    assert isinstance(made.flow.nodes["made"].op, Compute)
    assert not_lowered(made.flow) == {}


def test_a_constant_needs_no_runner() -> None:
    text = "{{ base64encode('é') }} {{ trigger.data.n }}"
    made = compile_workflow(graph({"template": text}), NodeCatalogue())
    assert isinstance(made.flow.nodes["made"].op, Compute)


def test_only_what_the_expressions_read_travels() -> None:
    made = compile_workflow(graph({"template": LOCAL}), NodeCatalogue())
    op = made.flow.nodes["made"].op
    assert isinstance(op, Invoke) and op.idempotent
    values = made.definition["States"]["made"]["Arguments"]["Payload"]["config"]["values"]
    assert len(values) == 2 and ".at" in values[0] and "trigger.data" in values[1]


@pytest.mark.parametrize(
    ("kind", "config", "where"),
    [
        ("if", {"condition": "base64decode(input.x) == 'y'"}, "true"),
        ("log", {"message": "{{ input.x | base64encode }}"}, "message"),
    ],
)
def test_elsewhere_it_is_an_error_at_node_and_field(
    kind: str, config: dict[str, Any], where: str
) -> None:
    document = graph(config, kind)
    document["edges"] = document["edges"][:1]
    document["nodes"] = document["nodes"][:2]
    with pytest.raises(CompileError) as refused:
        compile_workflow(document, NodeCatalogue())
    (found,) = refused.value.diagnostics
    assert (found.code, found.node) == ("W3004", "made")
    assert found.message.startswith(f"{where}: base64") and found.hint is not None


def test_an_expression_that_costs_too_much_fails_its_step_for_good() -> None:
    form = '{"version":1,"expression":["literal",1]}'
    assert run(EvaluationConfig(outputs={"a": form}, values=[]), {}, None) == {"a": 1}  # type: ignore[arg-type]
    for broken in ("{", "{}", '{"version":1,"expression":["call","open"]}'):
        with pytest.raises(PermanentStepError, match="cannot be evaluated"):
            run(EvaluationConfig(outputs={"a": broken}, values=[]), {}, None)  # type: ignore[arg-type]


def test_authors_find_no_such_node_type() -> None:
    assert NodeCatalogue().find("evaluate") is None
    with pytest.raises(CompileError):
        compile_workflow(graph({"outputs": {}, "values": []}, "evaluate"), NodeCatalogue())
