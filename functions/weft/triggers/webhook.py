"""Webhooks: `/hooks/{workflow_id}/{path}` runs the published version its trigger belongs to."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from weft.domain.caller import Caller, system_caller
from weft.domain.errors import NotFound
from weft.domain.run import Run, Trigger
from weft.domain.workflow import TriggerBinding
from weft.operations.open_trigger_secret import open_trigger_secret
from weft.operations.platform import Platform
from weft.operations.start_run import start_run
from weft.operations.wait_for_run import wait_for_run
from weft.triggers.hook_answer import accepted, node_answer, outcome
from weft.triggers.hook_body import read_body
from weft.triggers.proof import Evidence, require_proof

MAX_WAIT_SECONDS: Final = 60.0
_DEFAULT_WAIT_SECONDS: Final = 30.0
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
    binding = _matching(platform, request)
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items()}
    opened = open_trigger_secret(platform, binding)
    require_proof(binding.config, opened.values if opened else None, Evidence(headers, body))
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
    return await _answer(platform, caller, binding, run)


def _matching(platform: Platform, request: Request) -> TriggerBinding:
    workflow_id = request.path_params["workflow_id"]
    path = request.path_params.get("path", "").strip("/")
    found = platform.store.workflows.find_webhooks(workflow_id)
    here = [binding for binding in found if binding.path.strip("/") == path]
    if not here:
        raise NotFound("no active workflow listens here; publish and activate it first")
    for binding in here:
        if request.method in _methods(binding):
            return binding
    allowed = sorted({method for binding in here for method in _methods(binding)})
    raise HTTPException(405, "this webhook takes another method", {"allow": ", ".join(allowed)})


def _methods(binding: TriggerBinding) -> Sequence[str]:
    told: Any = binding.config.get("methods") or binding.config.get("method") or "POST"
    return [told.upper()] if isinstance(told, str) else [str(item).upper() for item in told]


def _delivery_id(headers: dict[str, str]) -> str | None:
    """The event's own id, so that one delivered twice starts one run."""
    for name in _DELIVERY_IDS:
        given = headers.get(name, "")
        if 0 < len(given) <= _MAX_DELIVERY_ID:
            return f"{name}:{given}"
    return None


async def _answer(
    platform: Platform, caller: Caller, binding: TriggerBinding, run: Run
) -> Response:
    respond = binding.config.get("respond") or "immediately"
    if respond == "immediately":
        return accepted(run)
    told = binding.config.get("timeout_seconds")
    patience = float(told) if isinstance(told, int | float) else _DEFAULT_WAIT_SECONDS
    seconds = min(patience, MAX_WAIT_SECONDS)
    ended = await wait_for_run(platform, caller, run.run_id, timeout_seconds=seconds)
    return node_answer(ended) if respond == "from_node" else outcome(ended)
