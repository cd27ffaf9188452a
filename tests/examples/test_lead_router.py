"""The example lead-router, by command line and by HTTP."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.command_line import CommandLine
from tests.support.weft_server import WeftServer

if TYPE_CHECKING:
    from tests.examples.conftest import Example

LARGE = {"company": "Big Customer GmbH", "points": 90, "tier": "large", "newsletter": None}


def statuses(steps: list[dict[str, Any]]) -> dict[str, str]:
    return {step["node_id"]: step["status"] for step in steps}


@pytest.mark.parametrize(
    ("decision", "told", "not_told"),
    [("approved", "tell_sales", "tell_declined"), ("rejected", "tell_declined", "tell_sales")],
)
def test_a_person_decides_about_a_large_lead(
    weft: CommandLine, lead_router: "Example", decision: str, told: str, not_told: str
) -> None:
    folder = str(lead_router.folder)
    data = str(lead_router.folder / "input.json")
    done = weft("run", folder, "--input", data, "--decide", f"ask_sales={decision}", "--json")
    assert done.code == 0, done.err
    assert done.report["status"] == "completed"
    result = done.report["output"]["result"]
    assert {key: result[key] for key in LARGE} == LARGE
    assert statuses(done.report["steps"])[told] == "success"
    assert statuses(done.report["steps"])[not_told] == "skipped"


def test_a_small_lead_gets_the_newsletter_and_bothers_nobody(
    weft: CommandLine, lead_router: "Example"
) -> None:
    lead = json.dumps({"name": "Bo", "email": "Bo@Small.example", "employees": 3})
    done = weft("run", str(lead_router.folder), "--input", lead, "--json")
    assert done.code == 0, done.err
    result = done.report["output"]["result"]
    assert (result["tier"], result["newsletter"], result["decision"]) == (
        "small",
        "newsletter",
        None,
    )
    assert statuses(done.report["steps"])["ask_sales"] == "skipped"


def test_an_undecided_approval_ends_the_command_with_what_to_do(
    weft: CommandLine, lead_router: "Example"
) -> None:
    folder = str(lead_router.folder)
    done = weft("run", folder, "--input", str(lead_router.folder / "input.json"), "--json")
    assert done.code != 0
    assert "--decide ask_sales=" in done.err


def test_by_hand_and_by_webhook_over_http(server: WeftServer, lead_router: "Example") -> None:
    workflow = server.publish(lead_router.graph)
    by_hand = server.wait(server.begin(workflow, lead_router.data))
    assert by_hand["status"] == "completed", by_hand["error"]
    assert by_hand["output"]["result"]["tier"] == "large"
    reply = server.post_raw(
        f"/hooks/{workflow}/leads", lead_router.body, {"content-type": "application/json"}
    )
    assert reply.status_code in (200, 202), reply.text
    newest = server.ask("GET", f"/workflows/{workflow}/runs?limit=1")["items"][0]
    from_site = server.wait(newest["id"])
    assert from_site["trigger_type"] == "webhook"
    assert from_site["output"] == by_hand["output"]
