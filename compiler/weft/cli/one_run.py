"""One run from a graph document to its end, in this process, with approvals asked or given."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from weft.cli.called_files import Sources, with_workflows
from weft.cli.in_process import owner_caller, stand_in_for_trigger_secrets, throwaway_platform
from weft.cli.progress import ProgressView
from weft.compiler.parse import parse
from weft.domain.approval import Approval, ApprovalStatus, Decision
from weft.domain.caller import Caller
from weft.domain.graph import GraphDoc
from weft.domain.page import PageRequest
from weft.domain.run import Run, Step, Trigger
from weft.domain.run_event import EventType, RunEvent
from weft.operations.cancel_run import cancel_run
from weft.operations.create_workflow import create_workflow
from weft.operations.decide_approval import decide_approval
from weft.operations.get_run import get_run, list_steps
from weft.operations.list_approvals import list_approvals
from weft.operations.platform import Platform
from weft.operations.publish_workflow import publish_workflow
from weft.operations.start_run import start_run
from weft.ports.event_bus import Lagging, Subscription

# Events of a run are small; this many at once keeps memory flat for runs with 10,000 steps.
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for. `decisions`: choice by node id; `futures`: at most."""

    sources: Sources
    data: Any
    trigger: str | None
    decisions: Mapping[str, str]
    interactive: bool
    futures: int = 0


async def run_once(asked: Asked, view: ProgressView) -> dict[str, Any]:
    """The report of the finished run. Raises `CompileError` for a graph that is wrong."""
    doc = parse(asked.sources.document)
    async with throwaway_platform() as platform:
        caller = await owner_caller(platform)
        published: dict[str, str] = {}
        for path, called in asked.sources.workflows.items():
            published[path] = await _publish(platform, caller, called, published)
        workflow_id = await _publish(platform, caller, doc, published, asked.futures)
        live = platform.bus.subscribe(caller.tenant_id)
        trigger = Trigger(type="manual", data=asked.data, node=asked.trigger)
        run = await start_run(platform, caller, workflow_id, trigger)
        following = _Following(platform, caller, run.run_id, asked, view)
        try:
            with view:
                await following.to_the_end(live)
        except (KeyboardInterrupt, asyncio.CancelledError):
            await cancel_run(platform, caller, run.run_id, reason="interrupted in the terminal")
        finally:
            live.close()
        ended = await get_run(platform, caller, run.run_id)
        return report_of(ended, await list_steps(platform, caller, run.run_id))


async def _publish(
    platform: Platform,
    caller: Caller,
    doc: GraphDoc,
    published: Mapping[str, str],
    futures: int = 0,
) -> str:
    """The id of a graph's workflow; `published` has those of the files that it calls."""
    stand_in_for_trigger_secrets(platform, caller, doc)
    graph = with_workflows(doc.model_dump(mode="json", by_alias=True), published)
    made = await create_workflow(platform, caller, doc.name or "graph", graph=graph)
    await publish_workflow(platform, caller, made.workflow_id, futures=futures)
    return made.workflow_id


class _Following:
    """Shows stored events in order; the live ones only say that there are new ones."""

    def __init__(
        self, platform: Platform, caller: Caller, run_id: str, asked: Asked, view: ProgressView
    ) -> None:
        self._platform = platform
        self._caller = caller
        self._run_id = run_id
        self._asked = asked
        self._view = view
        self._seen = 0

    async def to_the_end(self, live: Subscription) -> None:
        """Returns when the run has ended."""
        while not await self._catch_up():
            try:
                await anext(live)
            except (Lagging, StopAsyncIteration):
                live.close()
                live = self._platform.bus.subscribe(self._caller.tenant_id)

    async def _catch_up(self) -> bool:
        """Shows what is stored and new; whether the run has ended."""
        runs = self._platform.store.runs
        while True:
            events = runs.list_events(self._caller.tenant_id, self._run_id, self._seen, _BATCH)
            for event in events:
                self._seen = event.seq
                self._view.show(event)
                if event.type is EventType.STEP_WAITING_APPROVAL:
                    await self._decide(event)
                if event.type.ends_run:
                    return True
            if len(events) < _BATCH:
                return False

    async def _decide(self, event: RunEvent) -> None:
        page = await list_approvals(
            self._platform,
            self._caller,
            PageRequest(limit=100),
            statuses=(ApprovalStatus.PENDING,),
            run_id=self._run_id,
        )
        for approval in page.items:
            if (approval.node_id, approval.path) == (event.node_id, event.path):
                decision = await self._decision_on(approval)
                await decide_approval(self._platform, self._caller, approval.approval_id, decision)

    async def _decision_on(self, approval: Approval) -> Decision:
        given = self._asked.decisions.get(approval.node_id)
        if given is not None:
            return Decision(option_meant(given, approval.options))
        if not self._asked.interactive:
            raise click.UsageError(
                f"the run waits for a decision at {approval.node_id}; "
                f"give it with --decide {approval.node_id}={approval.options[0]}"
            )
        self._view.pause()
        try:
            return await asyncio.to_thread(_ask, approval)
        finally:
            self._view.resume()


def option_meant(given: str, options: Sequence[str]) -> str:
    """`approve` and `reject` stand for `approved` and `rejected` where those are the options."""
    if given in options:
        return given
    for option in options:
        if option in (f"{given}d", f"{given}ed"):
            return option
    return given


def _ask(approval: Approval) -> Decision:
    click.echo(f"\n{approval.title or approval.node_id}", err=True)
    if approval.message:
        click.echo(approval.message, err=True)
    choice = click.prompt(
        "Decision", type=click.Choice(approval.options), default=approval.options[0], err=True
    )
    comment = click.prompt("Comment", default="", show_default=False, err=True)
    return Decision(choice, comment)


def report_of(run: Run, steps: Sequence[Step]) -> dict[str, Any]:
    """What `--json` prints. Durations are milliseconds."""
    ended = run.finished_at if run.finished_at is not None else run.created_at
    return {
        "run_id": run.run_id,
        "status": run.status.value,
        "output": run.output,
        "response": run.response,
        "error": run.error
        and {"node_id": run.error.node, "type": run.error.type, "message": run.error.message},
        "duration_ms": ended - run.created_at,
        "steps": [_step(step) for step in steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "node_id": step.node_id,
        "path": step.path,
        "status": step.status.value,
        "attempts": step.attempts,
        "duration_ms": step.duration_ms,
        "output": step.output,
        "error": step.error,
    }
