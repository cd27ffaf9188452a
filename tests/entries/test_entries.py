"""Functions as Lambda calls them, put together here from settings."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.api.test_lambda import _event
from tests.support.aws_server import moto_server, new_bucket, new_table

from weft.bootstrap.aws_settings import AwsSettings
from weft.bootstrap.platform import open_platform
from weft.bootstrap.settings import Settings
from weft.domain.claim import NO_CLAIM
from weft.domain.errors import StepRefused
from weft.entries.api import Served, answer, serve
from weft.entries.runner import services_of
from weft.runner.call import StepCall
from weft.runner.entry import answer_with

CONTEXT: Any = None


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    stack = AsyncExitStack()
    opening = open_platform(Settings(tmp_path / "home", tmp_path / "key"))
    platform = loop.run_until_complete(stack.enter_async_context(opening))
    yield serve(platform, loop)
    loop.run_until_complete(stack.aclose())
    asyncio.set_event_loop(None)
    loop.close()


def test_the_api_answers_api_gateway(served: Served) -> None:
    told = answer(served, _event("GET", "/api/v1/workflows", {}), CONTEXT)
    assert told["statusCode"] == 401


def test_who_may_invoke_the_function_gets_the_owner_in(served: Served) -> None:
    first, second = (answer(served, {"sign_in": "acme"}, CONTEXT)["path"] for _ in range(2))
    assert first.startswith("/sign-in?token=") and first != second
    directory = served.platform.store.directory
    assert [tenant.tenant_id for tenant in directory.list_tenants()] == ["acme"]
    assert len(directory.list_users("acme")) == 1


def test_no_request_gets_in_like_that(served: Served) -> None:
    event = _event("POST", "/api/v1/workflows", {}, '{"sign_in": "acme"}') | {"sign_in": "acme"}
    assert answer(served, event, CONTEXT)["statusCode"] == 401
    assert served.platform.store.directory.list_tenants() == []


def _code_step(**inputs: Any) -> dict[str, Any]:
    return {
        "tenant_id": "acme", "run_id": "r", "workflow_id": "w", "node_id": "n", "key": "k",
        "node_type": "code", "version": 1, "config": {"code": "result = 6 * 7"}, "inputs": inputs,
    }  # fmt: skip


def test_code_runs_without_a_stack(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home", tmp_path / "key", allow_unsandboxed_code=True)
    told = answer_with(services_of(settings), _code_step())
    assert 42 in told["outputs"].values()


def test_code_is_given_nothing_that_is_stored(tmp_path: Path) -> None:
    services = services_of(Settings(tmp_path / "home", tmp_path / "key"))
    call = StepCall.model_validate(_code_step())
    with pytest.raises(StepRefused, match="nothing that is stored"):
        services.claims(call).fetch("claim")
    with pytest.raises(StepRefused, match="nothing that is stored"):
        services.secrets(call).resolve("credential")


def test_a_runner_keeps_values_in_its_tenants_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    with moto_server() as data:
        aws = AwsSettings(
            region="us-east-1", table=new_table(data), bucket=new_bucket(data),
            key=data.client("kms").create_key()["KeyMetadata"]["KeyId"],
            role="arn:aws:iam::123456789012:role/weft-dev-acme-machine", endpoint=data.endpoint,
        )  # fmt: skip
        services = services_of(Settings(tmp_path / "home", tmp_path / "key", aws=aws))
        call = StepCall.model_validate(_code_step())
        text = services.claims(call).keep({"large": "x" * 1_000})
        assert services.claims(call).fetch(text) == {"large": "x" * 1_000}
        other = call.model_copy(update={"run_id": "another"})
        assert services.claims(other).fetch(text) is NO_CLAIM
        found = data.client("s3").list_objects_v2(Bucket=aws.bucket)["Contents"]
        assert [item["Key"].split("/")[0] for item in found] == ["claims"]
        with pytest.raises(StepRefused, match="no run of this organization"):
            services.secrets(call).resolve("credential")
