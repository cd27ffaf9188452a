"""Payloads of runner calls for several steps, as the compiler makes them."""

import json
from typing import Any

from weft.expressions.ast import Expr, Get, Literal, Object, Ref, RefKind
from weft.expressions.serial import to_json


def gave(node: str, port: str = "out") -> Expr:
    """What a step before gave."""
    return Get(Get(Ref(RefKind.SYMBOL, f"n:{node}"), "r"), port)


def value(number: int) -> Expr:
    """One of the values that the host computed."""
    return Ref(RefKind.SYMBOL, str(number))


def step(node: str, config: Any = None, given: Expr | None = None, **more: Any) -> dict[str, Any]:
    """One step; `given` is its input."""
    inputs = Object((("input", given or Literal(None)),))
    called = Object((("config", Literal(config or {})), ("inputs", inputs)))
    return {
        "node_id": node,
        "node_type": "test",
        "version": 1,
        "key": f"r/{node}/",
        "called": json.dumps(to_json(called)),
        "deadline_seconds": 30,
        "retry": {"max_retries": 3, "interval_seconds": 2, "max_delay_seconds": 5},
        **more,
    }


def fused(*steps: dict[str, Any], values: tuple[Any, ...] = (), **more: Any) -> dict[str, Any]:
    """The call."""
    return {
        "tenant_id": "t",
        "run_id": "r",
        "workflow_id": "w",
        "node_id": steps[0]["node_id"],
        "attempt": 1,
        "credential": None,
        "deadline_seconds": 60,
        "values": list(values),
        "steps": list(steps),
        **more,
    }
