"""Rule 15: whatever calls out, private addresses are refused, in a real run on a real server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.graphs import once, request
from tests.support.web import Reply, Web
from tests.support.weft_server import WeftServer

Run = Callable[..., dict[str, Any]]

PRIVATE = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_address_is_refused_in_words(run: Run, server: WeftServer, url: str) -> None:
    with Web() as web:
        ended = run(request(url.format(port=web.port)))
        assert ended["status"] == "failed"
        assert ended["error"]["type"] == "StepRefused"
        assert "an address that Weft does not call" in ended["error"]["message"]
        assert web.asked == []


def test_an_address_that_comes_in_as_data_is_refused_too(run: Run) -> None:
    ended = run(request("{{ trigger.data.url }}"), {"url": "http://127.0.0.1:1/"})
    assert ended["error"]["type"] == "StepRefused"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/", "ftp://x/", ""])
def test_only_http_is_spoken(run: Run, url: str) -> None:
    assert "only http and https" in run(request(url))["error"]["message"]


def test_the_operator_allows_a_range_and_redirects_stay_inside_it(tmp_path: Path) -> None:
    with WeftServer(tmp_path, WEFT_ALLOW_NETWORKS="127.0.0.1/32") as server, Web() as web:

        def ended(graph: dict[str, Any]) -> dict[str, Any]:
            return server.wait(server.begin(server.publish(graph), None))

        assert ended(request(web.url))["output"]["call"]["status"] == 200
        for target in ("http://127.0.0.2:1/", "http://169.254.169.254/", "http://10.0.0.1/"):
            away = Reply(status=302, headers={"location": target})
            web.answer = lambda asked, reply=away: reply  # type: ignore[misc]
            run = ended(request(web.url))
            assert run["error"]["type"] == "StepRefused", run["error"]


def test_validating_and_publishing_call_nobody_and_run_nothing(tmp_path: Path) -> None:
    with WeftServer(tmp_path, WEFT_ALLOW_NETWORKS="127.0.0.1/32") as server, Web() as web:
        graph = request(web.url)
        marker = tmp_path / "ran"
        graph["nodes"].append(once("code", "code", code=f"open({str(marker)!r}, 'w')"))
        graph["edges"].append({"source": "call", "source_port": "response", "target": "code"})
        assert server.ask("POST", "/workflows/validate", {"graph": graph})["valid"]
        server.publish(graph)
        assert web.asked == []
        assert not marker.exists()
        assert server.ask("GET", "/runs")["items"] == []
