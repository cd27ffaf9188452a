"""Webhooks: `/hooks/{workflow_id}/{path}` runs the published version its trigger belongs to."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from weft.domain.caller import Caller, system_caller
from weft.domain.errors import Bug, NotFound
from weft.domain.run import Run, Trigger
from weft.domain.workflow import TriggerBinding
from weft.operations.open_trigger_secret import open_trigger_secret
from weft.operations.platform import Platform
from weft.operations.start_run import start_run
from weft.operations.wait_for_run import wait_for_run
from weft.triggers.hook_answer import accepted, node_answer, outcome
from weft.triggers.hook_body import read_body
from weft.triggers.proof import Evidence, require_proof

Settings: TypeAlias = Mapping[str, Any]

# Proofs of identity are checked here and go no further: run data is shown to people.
_PRIVATE: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
# How senders name one event that they may deliver twice.
_DELIVERY_IDS: Final = ("idempotency-key", "x-github-delivery", "webhook-id")
_MAX_DELIVERY_ID: Final = 200


async def receive_webhook(platform: Platform, request: Request) -> Response:
    """Start a run and answer as the trigger's `respond` says.

    Raises `NotFound` where no active workflow listens, `Unauthenticated` without the proof the
    trigger asks for, `Invalid` for a malformed body; 405 and 415 are the framework's.
    """
    binding, settings = _matching(platform, request)
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items()}
    opened = open_trigger_secret(platform, binding)
    require_proof(settings, opened.values if opened else None, Evidence(headers, body))
    trigger = Trigger(
        type="webhook",
        data=read_body(body, headers.get("content-type", "")),
        node=binding.node_id,
        headers={name: value for name, value in headers.items() if name not in _PRIVATE},
        query=dict(request.query_params),
        method=request.method,
    )
    caller = system_caller(binding.tenant_id)
    run = await start_run(
        platform,
        caller,
        binding.workflow_id,
        trigger,
        version=binding.version,
        idempotency_key=_delivery_id(headers),
    )
    return await _answer(platform, caller, run, settings)


def _matching(platform: Platform, request: Request) -> tuple[TriggerBinding, Settings]:
    workflow_id = request.path_params["workflow_id"]
    path = request.path_params.get("path", "").strip("/")
    here = [
        (binding, _settings(platform, binding))
        for binding in platform.store.workflows.find_webhooks(workflow_id)
        if binding.path.strip("/") == path
    ]
    if not here:
        raise NotFound("no active workflow listens here; publish and activate it first")
    for binding, settings in here:
        if request.method in _methods(settings):
            return binding, settings
    allowed = sorted({method for _, settings in here for method in _methods(settings)})
    raise HTTPException(405, "this webhook takes another method", {"allow": ", ".join(allowed)})


def _settings(platform: Platform, binding: TriggerBinding) -> Settings:
    """The trigger's config with the defaults of its node type."""
    node_type = platform.catalogue.find(binding.type)
    if node_type is None:
        raise Bug(f"the trigger type {binding.type} of a published version is not known")
    config = node_type.config.model_validate(binding.config, context={"templates": False})
    settings: Settings = config.model_dump(mode="json")
    return settings


def _methods(settings: Settings) -> Sequence[str]:
    methods: Sequence[str] = settings["methods"]
    return methods


def _delivery_id(headers: dict[str, str]) -> str | None:
    """The event's own id, so that one delivered twice starts one run."""
    for name in _DELIVERY_IDS:
        given = headers.get(name, "")
        if 0 < len(given) <= _MAX_DELIVERY_ID:
            return f"{name}:{given}"
    return None


async def _answer(platform: Platform, caller: Caller, run: Run, settings: Settings) -> Response:
    if settings["respond"] == "immediately":
        return accepted(run)
    seconds: float = settings["timeout_seconds"]
    ended = await wait_for_run(platform, caller, run.run_id, timeout_seconds=seconds)
    return node_answer(ended) if settings["respond"] == "from_node" else outcome(ended)
