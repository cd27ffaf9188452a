"""Rule 1: what comes in as data is never read as a template or as code, whoever sent it."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from tests.support.graphs import chain, once
from tests.support.weft_server import WeftServer

Run = Callable[..., dict[str, Any]]

TEXTS = [
    "{{ run.id }}",
    "{% $states.input %}",
    "{%$eval('1+1')%}",
    "{{ variables }}{% 1 + 1 %}",
    "}} {{ trigger.data",
    "' + $string(1) + '",
    '"\\"); $boom := 1; ("',
    "$states.context.Execution.Id",
    "${x} #{x} <%= 1 %> {x!r}",
    "__import__('os').system('id')",
    "\u2028\u0000\ufeff",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_from_a_webhook_comes_out_as_it_came_in(server: WeftServer, text: str) -> None:
    graph = chain(
        once("kept", "set_fields", fields={"whole": "{{ trigger.data }}", "text": "{{ input.x }}"}),
        once("written", "template", template="<{{ input.text }}>"),
        once("said", "log", message="{{ written.output }}", data={"again": "{{ input }}"}),
        once("read", "json_parse", value="{{ trigger.data.json }}"),
        once(
            "result",
            "output",
            value={"a": "{{ kept.output }}", "b": "{{ written.output }}", "c": "{{ input }}"},
        ),
    )
    graph["nodes"][0] = {
        "id": "start",
        "type": "webhook_trigger",
        "config": {"respond": "when_finished"},
    }
    graph["edges"][0]["source_port"] = "body"
    workflow = server.publish(graph)
    sent = {"x": text, text: "as a name", "json": orjson.dumps([text]).decode()}
    reply = server.post_raw(
        f"/hooks/{workflow}", orjson.dumps(sent), {"content-type": "application/json"}
    )
    assert reply.status_code == 200, reply.text
    answer = reply.json()
    answer = answer["output"]["result"]
    assert answer["a"] == {"whole": sent, "text": text}
    assert answer["b"] == f"<{text}>"
    assert answer["c"] == [text]
