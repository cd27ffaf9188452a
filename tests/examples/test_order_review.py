"""The example order-review, by command line and by HTTP, against sums made independently."""

from typing import TYPE_CHECKING, Any

from tests.support.command_line import CommandLine
from tests.support.weft_server import WeftServer

if TYPE_CHECKING:
    from tests.examples.conftest import Example


def price_of(given: Any) -> float:
    if isinstance(given, str):
        return float(given.replace("EUR", "").strip().replace(".", "").replace(",", "."))
    return float(given)


def expected(data: Any) -> tuple[float, list[str]]:
    """Total with shipping, and ids of the orders that nobody can price."""
    total, unpriced = 0.0, []
    for order in data["orders"]:
        try:
            net = sum(line["quantity"] * price_of(line["price"]) for line in order["lines"])
        except ValueError:
            unpriced.append(order["id"])
            continue
        near = {"DE": 4.9, "AT": 9.9, "FR": 9.9, "NL": 9.9}
        total += net + near.get(order["country"], 19.9)
    return round(total, 2), unpriced


def check(result: Any, data: Any) -> None:
    total, unpriced = expected(data)
    assert 3 <= len(unpriced) < len(data["orders"]), "the example must have orders that fail"
    assert result["orders"] == len(data["orders"]) == 200
    assert result["unpriced"] == unpriced
    assert abs(result["total"] - total) < 0.01


def test_orders_are_added_up_and_released(weft: CommandLine, order_review: "Example") -> None:
    folder = str(order_review.folder)
    data = str(order_review.folder / "input.json")
    done = weft("run", folder, "--input", data, "--decide", "review=approved", "--json")
    assert done.code == 0, done.err
    check(done.report["output"]["result"], order_review.data)
    assert done.report["output"]["result"]["decision"] == "approved"
    steps = done.report["steps"]
    failed = [step for step in steps if step["status"] == "error"]
    assert {step["node_id"] for step in failed} == {"read_prices"}
    assert len(failed) == len(expected(order_review.data)[1])
    assert sum(step["node_id"] == "book" for step in steps) == 200


def test_the_same_over_http(server: WeftServer, order_review: "Example") -> None:
    run = server.wait(server.begin(server.publish(order_review.graph), order_review.data))
    assert run["status"] == "completed", run["error"]
    check(run["output"]["result"], order_review.data)


def test_a_refusal_holds_the_orders_back(server: WeftServer, order_review: "Example") -> None:
    workflow = server.publish(order_review.graph)
    run = server.wait(server.begin(workflow, order_review.data), decision="rejected")
    assert run["status"] == "completed", run["error"]
    steps = {step["node_id"]: step["status"] for step in server.steps(run["id"])}
    assert (steps["held"], steps["released"]) == ("success", "skipped")
