"""The OpenAPI document says what the routes do, and nothing else."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx

from weft.api.openapi import document
from weft.api.wiring import ACCESS_KEY, GuardedRoute

if TYPE_CHECKING:
    from tests.api.conftest import Person, World


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


async def test_it_is_served_open_and_can_be_closed(build: Any) -> None:
    for options, status in (({}, 200), ({"docs_open": False}, 401)):
        world = build(**options)
        transport = httpx.ASGITransport(world.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            reply = await client.get("/api/v1/openapi.json")
            assert reply.status_code == status
    assert re.fullmatch(r"3\.1\.\d", (await _open(build)).get("openapi", ""))


async def _open(build: Any) -> dict[str, Any]:
    return document(build().app)


def test_every_route_is_described_once(world: "World") -> None:
    described = {(method, path) for method, path, _ in _operations(document(world.app))}
    real = {
        (method, route.path)
        for route in world.app.routes
        if isinstance(route, GuardedRoute)
        for method in route.methods or ()
    }
    assert described == real
    names = [operation["operationId"] for _, _, operation in _operations(document(world.app))]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(world: "World") -> None:
    described = document(world.app)
    for reference in set(_references(described)):
        found: Any = described
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_every_parameter_of_a_path_is_declared(world: "World") -> None:
    for method, path, operation in _operations(document(world.app)):
        declared = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path)), f"{method} {path}"


def test_every_operation_says_who_may_and_how_it_fails(world: "World") -> None:
    for method, path, operation in _operations(document(world.app)):
        where = f"{method} {path}"
        assert operation["description"].strip(), where
        answers = operation["responses"]
        problem = answers["422"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}, where
        assert any(status.startswith(("2", "3")) for status in answers), where
        if operation[ACCESS_KEY] == "open":
            assert operation["security"] == []
        else:
            assert {"401", "403"} <= set(answers), where


def test_bodies_are_closed(world: "World") -> None:
    described = document(world.app)
    bodies = 0
    for method, path, operation in _operations(described):
        if "requestBody" not in operation:
            continue
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        for reference in _references(schema):
            model = described["components"]["schemas"][reference.rpartition("/")[2]]
            assert model["additionalProperties"] is False, f"{method} {path}"
            bodies += 1
    assert bodies >= 12


async def test_answers_have_the_described_fields(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    described = document(world.app)["components"]["schemas"]
    flow = await world.workflow(ada)
    run = await world.run(ada, flow)
    approval = world.approval(run)
    for path, name in (
        (f"workflows/{flow.workflow_id}", "WorkflowView"),
        (f"workflows/{flow.workflow_id}/versions/1", "VersionView"),
        (f"runs/{run.run_id}", "RunView"),
        (f"approvals/{approval.approval_id}", "ApprovalView"),
        ("auth/me", "UserView"),
    ):
        reply = await client.get(f"/api/v1/{path}", headers=ada.headers)
        assert set(reply.json()) == set(described[name]["properties"]), name
