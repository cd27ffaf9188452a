"""The same application behind API Gateway."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from weft.api.entry import gateway_handler
from weft.domain.caller import Scope

if TYPE_CHECKING:
    from tests.api.conftest import World


def _event(method: str, path: str, headers: dict[str, str], body: str | None = None) -> Any:
    """An HTTP API event, payload format 2.0, as AWS documents it."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "limit=5",
        "headers": {"host": "api.weft.example", **headers},
        "queryStringParameters": {"limit": "5"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "api.weft.example",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "body": body,
        "isBase64Encoded": False,
    }


def test_a_gateway_event_is_a_request(build: Any) -> None:
    world: World = build(hosts=frozenset({"api.weft.example"}), secure_cookies=True)

    async def prepare() -> str:
        ada = await world.person()
        scopes = (Scope.WORKFLOWS_READ, Scope.WORKFLOWS_WRITE)
        return (await world.key(ada, *scopes)).token

    key = {"x-api-key": asyncio.run(prepare())}
    handler = gateway_handler(world.app)
    context: Any = None
    closed = handler(_event("GET", "/api/v1/workflows", {}), context)
    assert closed["statusCode"] == 401
    assert closed["headers"]["content-type"] == "application/problem+json"
    sent = {**key, "content-type": "application/json", "x-request-id": "trace-1"}
    made = handler(_event("POST", "/api/v1/workflows", sent, '{"name": "Cloud"}'), context)
    assert made["statusCode"] == 201 and made["headers"]["x-request-id"] == "trace-1"
    listed = handler(_event("GET", "/api/v1/workflows", key), context)
    assert [item["name"] for item in json.loads(listed["body"])["items"]] == ["Cloud"]
