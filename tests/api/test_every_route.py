"""Every route, one by one: closed to strangers, to weaker roles, and blind to others' ids."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIWebSocketRoute
from starlette.routing import Mount, Route

from weft.api.access import OPEN, OPENAPI
from weft.api.app import ROUTES
from weft.api.wiring import ACCESS_KEY, GuardedRoute
from weft.domain.caller import Role, Scope

if TYPE_CHECKING:
    from tests.api.conftest import Person, World

BODIES: dict[str, Any] = {
    "/workflows": {"name": "x"},
    "/workflows/{workflow_id}": {"revision": 1, "name": "x"},
    "/workflows/{workflow_id}/status": {"active": True},
    "/workflows/validate": {"graph": {}},
    "/approvals/{approval_id}/respond": {"decision": "approved"},
    "/credentials": {"name": "x", "type": "webhook_secret", "values": {"secret": "s"}},
    "/org/api-keys": {"name": "x"},
    "/auth/redeem": {"token": "x"},
}
IDS = re.compile(r"\{[^}]+\}")


def http_routes(app: FastAPI) -> Iterator[tuple[str, str, Route]]:
    for route in app.routes:
        if isinstance(route, Route):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield method, route.path, route


def filled(path: str) -> str:
    return IDS.sub(lambda found: "1" if "version" in found[0] else "some-id", path)


def canonical() -> list[Any]:
    return [endpoint for module in ROUTES for endpoint in module.ENDPOINTS]


@pytest.fixture
async def viewer(world: "World") -> "Person":
    return await world.person(Role.VIEWER, "Vera")


def test_there_are_no_routes_but_guarded_ones_hooks_and_the_document(world: "World") -> None:
    for route in world.app.routes:
        if isinstance(route, GuardedRoute | APIWebSocketRoute):
            continue
        assert isinstance(route, Route) and not isinstance(route, Mount)
        assert route.path == OPENAPI or route.path.startswith("/hooks/")


def test_the_open_list_holds_nothing_else_than_the_doors(world: "World") -> None:
    said_open = {
        (method, path)
        for method, path, route in http_routes(world.app)
        if isinstance(route, GuardedRoute) and (route.openapi_extra or {})[ACCESS_KEY] == "open"
    }
    assert (
        said_open
        == OPEN
        == {
            ("GET", "/api/v1/health"),
            ("POST", "/api/v1/auth/redeem"),
            ("POST", "/api/v1/auth/refresh"),
            ("POST", "/api/v1/auth/logout"),
            ("GET", "/sign-in"),
            ("POST", "/sign-in"),
        }
    )


async def test_no_closed_route_answers_without_a_caller(
    world: "World", client: httpx.AsyncClient
) -> None:
    asked = 0
    for method, path, _ in http_routes(world.app):
        if (method, path) in OPEN or path == OPENAPI or path.startswith("/hooks/"):
            continue
        for headers in ({}, {"authorization": "Bearer nonsense"}, {"x-api-key": "weft_key_no"}):
            reply = await client.request(method, filled(path), headers=headers)
            assert reply.status_code == 401, f"{method} {path}"
            assert reply.json()["code"] == "unauthenticated"
            assert "www-authenticate" in reply.headers
            asked += 1
    assert asked > 3 * 60


async def test_an_address_that_does_not_exist_tells_a_stranger_nothing(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/api/v1/secrets")).status_code == 401
    assert (await client.get("/api/v2")).status_code == 401


async def test_a_viewer_changes_nothing(
    world: "World", client: httpx.AsyncClient, viewer: "Person"
) -> None:
    refused = 0
    for endpoint in canonical():
        if endpoint.access is None or endpoint.access.role is Role.VIEWER:
            continue
        reply = await client.request(
            endpoint.method,
            filled(endpoint.base + endpoint.path),
            headers=viewer.headers,
            json=BODIES.get(endpoint.path),
        )
        assert reply.status_code == 403, f"{endpoint.method} {endpoint.path}"
        refused += 1
    assert refused >= 15


async def test_only_owners_and_admins_delete_workflows_and_manage_keys(
    world: "World", client: httpx.AsyncClient
) -> None:
    editor = await world.person(Role.EDITOR, "Ed")
    admin = await world.person(Role.ADMIN, "Al")
    made = await world.workflow(editor)
    path = f"/api/v1/workflows/{made.workflow_id}"
    assert (await client.delete(path, headers=editor.headers)).status_code == 403
    assert (await client.get("/api/v1/org/api-keys", headers=editor.headers)).status_code == 403
    assert (await client.get("/api/v1/org/api-keys", headers=admin.headers)).status_code == 200
    assert (await client.get("/api/v1/credentials", headers=admin.headers)).status_code == 200


async def test_a_key_without_the_scope_is_refused_everywhere(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    for endpoint in canonical():
        if endpoint.access is None:
            continue
        others = [scope for scope in Scope if scope is not endpoint.access.scope]
        issued = await world.key(ada, *others)
        reply = await client.request(
            endpoint.method,
            filled(endpoint.base + endpoint.path),
            headers={"x-api-key": issued.token},
            json=BODIES.get(endpoint.path),
        )
        assert reply.status_code == 403, f"{endpoint.method} {endpoint.path}"
        assert endpoint.access.scope.value in reply.json()["detail"]


async def test_another_tenants_things_are_not_there(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    workflow = await world.workflow(ada)
    run = await world.run(ada, workflow)
    approval = world.approval(run)
    key = await world.key(ada, Scope.RUNS_READ)
    headers = {**ada.headers, "content-type": "application/json"}
    credential = (
        await client.post(
            "/api/v1/credentials",
            headers=headers,
            json={"name": "c", "type": "webhook_secret", "values": {"secret": "s"}},
        )
    ).json()
    ids = {
        "{workflow_id}": workflow.workflow_id,
        "{run_id}": run.run_id,
        "{approval_id}": approval.approval_id,
        "{key_id}": key.key.key_id,
        "{credential_id}": credential["id"],
        "{version}": "1",
    }
    eve = await world.person(name="Eve")
    tried = 0
    for method, path, route in http_routes(world.app):
        names = set(IDS.findall(path)) & set(ids)
        if not names or not isinstance(route, GuardedRoute):
            continue
        where = path
        for name in names:
            where = where.replace(name, ids[name])
        below = route.path.removeprefix("/api/v1")
        body = BODIES.get(below) or BODIES.get(_canonical_path(route)) or None
        reply = await client.request(method, where, headers=eve.headers, json=body)
        assert reply.status_code == 404, f"{method} {path}: {reply.status_code} {reply.text}"
        tried += 1
    assert tried > 40
    assert world.platform.store.workflows.get(ada.user.tenant_id, workflow.workflow_id).active
    assert world.host.resumed == [] and world.host.cancelled == []


def _canonical_path(route: GuardedRoute) -> str:
    for endpoint in canonical():
        if endpoint.call is route.endpoint and endpoint.method in (route.methods or set()):
            return str(endpoint.path)
    raise AssertionError(route.path)


async def test_lists_show_only_the_callers_own(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    run = await world.run(ada, await world.workflow(ada))
    world.approval(run)
    await world.key(ada, Scope.RUNS_READ)
    eve = await world.person(name="Eve")
    for path in ("workflows", "runs", "approvals", "credentials", "org/api-keys"):
        reply = await client.get(f"/api/v1/{path}", headers=eve.headers)
        assert reply.json()["items"] == [], path
    mine = await client.get("/api/v1/runs", headers=ada.headers)
    assert [item["id"] for item in mine.json()["items"]] == [run.run_id]


async def test_aliases_answer_as_the_canonical_path(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    workflow = await world.workflow(ada)
    run = await world.run(ada, workflow)
    pairs = [
        ("/workflows", "/agents"),
        (f"/workflows/{workflow.workflow_id}", f"/agents/{workflow.workflow_id}"),
        (f"/runs/{run.run_id}", f"/executions/{run.run_id}"),
        (f"/runs/{run.run_id}", f"/workflows/executions/{run.run_id}"),
        (f"/runs/{run.run_id}/steps", f"/executions/{run.run_id}/steps"),
        (
            f"/workflows/{workflow.workflow_id}/runs",
            f"/workflows/{workflow.workflow_id}/executions",
        ),
        ("/credentials", "/integrations"),
        ("/credentials/types", "/integrations/available"),
        ("/approvals", "/orchestrator/pending"),
    ]
    for real, alias in pairs:
        one = await client.get(f"/api/v1{real}", headers=ada.headers)
        other = await client.get(f"/api/v1{alias}", headers=ada.headers)
        assert one.status_code == other.status_code == 200, alias
        assert one.json() == other.json()
