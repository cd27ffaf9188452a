"""What triggers send on, and configs that must not pass."""

from typing import Any

import pytest
from pydantic import ValidationError

from weft.ir.ops import Start

ENVELOPE = {
    "node": "n",
    "type": "webhook",
    "data": {"x": 1},
    "headers": {"x-kind": "new"},
    "query": {"q": "1"},
    "method": "PUT",
    "timestamp": 1_700_000_000_000,
}


def _sent(kit: Any, name: str, config: dict[str, Any]) -> dict[str, Any]:
    op = kit.lower(name, config)
    assert isinstance(op, Start)
    assert tuple(op.outputs) == tuple(port.name for port in kit.type(name).outputs)
    return {port: kit.value(expr, trigger=ENVELOPE) for port, expr in op.outputs.items()}


def test_a_start_by_hand_sends_the_run_input(kit: Any) -> None:
    assert _sent(kit, "manual_trigger", {}) == {"output": {"x": 1}}


def test_a_webhook_sends_each_part_of_the_call(kit: Any) -> None:
    assert _sent(kit, "webhook_trigger", {}) == {
        "body": {"x": 1},
        "headers": {"x-kind": "new"},
        "query": {"q": "1"},
        "method": "PUT",
    }


def test_a_schedule_sends_the_time_it_was_due(kit: Any) -> None:
    assert _sent(kit, "schedule_trigger", {"cron": "* * * * *"}) == {"timestamp": 1_700_000_000_000}


@pytest.mark.parametrize(
    "config",
    [
        {"path": "orders/new", "methods": ["GET", "POST"]},
        {"auth": "signature", "credential": "c", "signature_header": "X-Signature"},
        {"auth": "bearer", "credential": "c", "respond": "from_node", "timeout_seconds": 60},
    ],
)
def test_a_webhook_config_that_is_right(kit: Any, config: dict[str, Any]) -> None:
    kit.bind("webhook_trigger", config)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"path": "a b"}, "path"),
        ({"path": "a/../b"}, "may not hold"),
        ({"methods": []}, "methods"),
        ({"methods": ["TRACE"]}, "methods"),
        ({"auth": "magic"}, "auth"),
        ({"auth": "signature"}, "requires a credential"),
        ({"credential": "c"}, "anybody could call"),
        ({"timeout_seconds": 61}, "timeout_seconds"),
        ({"secret": "abc"}, "secret"),
    ],
)
def test_a_webhook_config_that_is_wrong_says_what(
    kit: Any, config: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        kit.bind("webhook_trigger", config)


@pytest.mark.parametrize(
    "cron", ["* * * * *", "*/5 0-6 1,15 jan-mar MON-FRI", "0 9 * * 1-5", "59  23 31 12 7"]
)
def test_a_cron_expression_that_is_right(kit: Any, cron: str) -> None:
    node = kit.bind("schedule_trigger", {"cron": cron, "timezone": "Europe/Berlin"})
    assert node.config.cron == " ".join(cron.split())


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "cron"),
        ({"cron": "* * * *"}, "5 fields"),
        ({"cron": "60 * * * *"}, "not a minute"),
        ({"cron": "* 24 * * *"}, "not a hour"),
        ({"cron": "* * 0 * *"}, "not a day of month"),
        ({"cron": "* * * * mon-x"}, "not a day of week"),
        ({"cron": "*/0 * * * *"}, "not a minute"),
        ({"cron": "5-1 * * * *"}, "not a minute"),
        ({"cron": "* * * * *", "timezone": "Mars/Base"}, "no time zone"),
    ],
)
def test_a_schedule_that_is_wrong_says_what(kit: Any, config: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        kit.bind("schedule_trigger", config)
