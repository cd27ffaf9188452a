"""Steps of nodes that no host called show what reached them."""

from typing import Any

from weft.engine.errors import HandlerError
from weft.operations.get_run import list_steps


async def inputs(house: Any, document: dict[str, Any], data: Any = None) -> dict[str, Any]:
    """Input by `node@path`, of a run that has ended."""
    run = await house.end(await house.start(document, data))
    steps = await list_steps(house.platform, house.caller, run.run_id)
    return {f"{s.node_id}{s.path and '@' + s.path}": s.input for s in steps}


async def test_a_pure_node_shows_what_its_ports_got(house: Any) -> None:
    document = house.graph(
        ("t", "manual_trigger"),
        ("c", "call", {"value": "{{trigger.data.n}}"}),
        ("big", "if", {"condition": "c.output > 3"}),
        ("yes", "set", {"value": "yes"}),
        ("no", "set", {"value": "no"}),
        ("r", "result"),
        edges="t>c c>big big.true>yes big.false>no yes>r",
    )
    found = await inputs(house, document, {"n": 5})
    assert found["t"] is None
    assert found["big"] == {"input": 5}
    assert found["yes"] == {"input": 5}
    assert found["no"] is None
    assert found["r"] == {"input": "yes"}
    assert found["c"]["input"]["data"] == {"n": 5}


async def test_every_iteration_shows_its_own(house: Any) -> None:
    document = house.graph(
        ("t", "manual_trigger"),
        ("l", "each", {"items": [7, 8]}),
        ("s", "set", {"value": "{{l.item}}"}),
        ("c", "call", {"value": "{{s.output}}"}),
        ("d", "set", {"value": "done"}),
        edges="t>l.input l.item>s s>c c>l.back l.done>d",
    )
    found = await inputs(house, document)
    assert (found["s@0"], found["s@1"]) == ({"input": 7}, {"input": 8})
    assert found["d"] == {"input": [7, 8]}


async def test_behind_an_error_the_error_is_shown(house: Any) -> None:
    document = house.graph(
        ("t", "manual_trigger"), ("c", "call"), ("s", "set", {"value": 1}), edges="t>c c.error>s"
    )
    document["nodes"][1]["on_error"] = "branch"

    def fail(payload: Any) -> Any:
        raise HandlerError("PermanentStepError", "no such thing")

    house.handlers["c"] = fail
    shown = (await inputs(house, document))["s"]["input"]
    assert (shown["type"], shown["message"]) == ("PermanentStepError", "no such thing")


async def test_after_a_decision_and_a_wait_the_answer_is_shown(house: Any) -> None:
    document = house.graph(
        ("t", "manual_trigger"), ("w", "wait", {"seconds": 1}), ("s", "set"), edges="t>w w>s"
    )
    run = await house.start(document, 4)
    await house.settle()
    house.clock.advance(2)
    await house.end(run)
    steps = await list_steps(house.platform, house.caller, run.run_id)
    [shown] = [s.input for s in steps if s.node_id == "s"]
    assert shown["input"]["data"] == 4
