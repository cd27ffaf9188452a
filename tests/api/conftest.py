"""A platform with real storage in a temporary folder, and a host that ends runs when told to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from weft.adapters.embedded.claims import FolderClaims
from weft.adapters.embedded.event_bus import InProcessBus
from weft.adapters.embedded.store import SqliteStore
from weft.adapters.embedded.vault import KeyFileVault
from weft.api import tokens
from weft.api.app import create_app
from weft.api.options import ApiOptions
from weft.domain.access import IssuedKey, Tenant, User
from weft.domain.approval import Approval
from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import HostRejected
from weft.domain.run import LogLine, Run, RunStatus, Trigger
from weft.domain.run_event import EventType, RunEvent
from weft.domain.workflow import PublishedVersion, Workflow
from weft.nodekit.node_type import NodeType
from weft.nodes.trigger.manual_trigger import NODE as MANUAL
from weft.nodes.trigger.webhook_trigger import NODE as WEBHOOK
from weft.operations.activate_workflow import activate_workflow
from weft.operations.api_keys import create_api_key
from weft.operations.create_workflow import create_workflow
from weft.operations.platform import Platform
from weft.operations.sessions import create_session
from weft.operations.start_run import start_run
from weft.triggers.webhook import receive_webhook

KEY = b"k" * 32
BASE_URL = "http://127.0.0.1"
CATALOGUE = (
    {"name": "manual_trigger", "title": "Manual", "aliases": ["manual"], "category": "trigger"},
    {"name": "webhook_trigger", "title": "Webhook", "aliases": [], "category": "trigger"},
)


_TYPES: dict[str, NodeType[Any]] = {node.name: node for node in (MANUAL, WEBHOOK)}


class Types:
    """A catalogue of two triggers."""

    def find(self, name: str) -> NodeType[Any] | None:
        return _TYPES.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(_TYPES)


class Host:
    """Runs nothing; `on_start` sees each start and may end the run."""

    def __init__(self) -> None:
        self.on_start: Callable[[str, Any], None] = lambda run_id, payload: None
        self.started: list[tuple[str, Any]] = []
        self.resumed: list[tuple[str, Any]] = []
        self.cancelled: list[str] = []
        self.refuses: str | None = None

    async def publish(
        self, name: str, definition: Mapping[str, Any], children: Mapping[str, Any]
    ) -> str:
        return name

    async def start(self, machine_id: str, run_id: str, payload: Any) -> str:
        if self.refuses is not None:
            raise HostRejected(self.refuses)
        self.started.append((run_id, payload))
        self.on_start(run_id, payload)
        return run_id

    async def describe(self, execution_id: str) -> None:
        return None

    async def cancel(self, execution_id: str, error: str, cause: str) -> None:
        self.cancelled.append(execution_id)

    async def resume(self, token: str, output: Any) -> bool:
        self.resumed.append((token, output))
        return True

    async def fail(self, token: str, error: str, cause: str) -> bool:
        return True

    async def history(self, execution_id: str) -> list[Any]:
        return []


@dataclass
class Person:
    """A user with ready-made headers."""

    user: User
    caller: Caller
    headers: dict[str, str]


@dataclass
class World:
    """One process: platform, application, and the means to make things happen in it."""

    platform: Platform
    host: Host
    options: ApiOptions
    app: FastAPI
    now: list[float] = field(default_factory=lambda: [1_800_000_000.0])

    async def person(self, role: Role = Role.OWNER, name: str = "Ada") -> Person:
        """A signed-in person in an organization of their own."""
        now = self.platform.now()
        tenant = Tenant(self.platform.new_id(), f"{name}'s", now)
        user = User(tenant.tenant_id, self.platform.new_id(), name, "a@example.com", role, now)
        self.platform.store.directory.add_tenant(tenant, user)
        issued = await create_session(self.platform, user.tenant_id, user.user_id)
        token = tokens.issue(self.options.signing_key, issued.session, user, self.now[0]).text
        caller = Caller(user.tenant_id, user.user_id, role, "session")
        return Person(user, caller, {"authorization": f"Bearer {token}"})

    async def key(self, person: Person, *scopes: Scope) -> IssuedKey:
        return await create_api_key(self.platform, person.caller, "test", scopes=frozenset(scopes))

    async def workflow(self, person: Person, *triggers: dict[str, Any]) -> Workflow:
        """A live workflow with these trigger nodes, a manual one by default."""
        nodes = triggers or ({"id": "start", "type": "manual_trigger"},)
        graph = {"nodes": list(nodes), "settings": {"concurrency_limit": 10_000}}
        made = await create_workflow(self.platform, person.caller, "Flow", graph=graph)
        version = PublishedVersion(
            tenant_id=made.tenant_id,
            workflow_id=made.workflow_id,
            version=1,
            revision=1,
            graph=made.graph,
            definition={"StartAt": "start"},
            source_map={},
            manifest={},
            hash="0" * 64,
            machine_id="machine",
            created_at=self.platform.now(),
            created_by=person.user.user_id,
        )
        self.platform.store.workflows.add_version(version)
        return await activate_workflow(self.platform, person.caller, made.workflow_id, version=1)

    async def run(self, person: Person, workflow: Workflow) -> Run:
        return await start_run(self.platform, person.caller, workflow.workflow_id, Trigger())

    def emit(self, run_id: str, type: EventType, node: str | None = None, **data: Any) -> RunEvent:
        """One more event of a run, stored and announced; a closing one ends the run."""
        run = self.platform.store.runs.find(run_id)
        assert run is not None
        now = self.platform.now()
        seq = run.last_seq + 1
        event = RunEvent(run.tenant_id, run_id, seq, type, now, node, data=data)
        changed = replace(run, last_seq=seq)
        if type.ends_run:
            status = {
                EventType.RUN_COMPLETED: RunStatus.COMPLETED,
                EventType.RUN_FAILED: RunStatus.FAILED,
                EventType.RUN_CANCELLED: RunStatus.CANCELLED,
            }[type]
            changed = replace(
                changed,
                status=status,
                finished_at=now,
                output=data.get("output"),
                response=data.get("response"),
            )
        logs: tuple[LogLine, ...] = ()
        if type is EventType.LOG:
            logs = (LogLine(run.tenant_id, run_id, seq, node or "", "", "info", "hi", now),)
        self.platform.store.runs.save_progress(changed, (), (event,), logs)
        self.platform.bus.publish((event,))
        return event

    def completes(self, output: Any = None, response: Any = None) -> None:
        """From now on every run ends right after it started."""
        loop = asyncio.get_running_loop()

        def end(run_id: str, _: Any) -> None:
            loop.call_soon(
                lambda: self.emit(run_id, EventType.RUN_COMPLETED, output=output, response=response)
            )

        self.host.on_start = end

    def approval(self, run: Run, **fields: Any) -> Approval:
        made = Approval(
            tenant_id=run.tenant_id,
            approval_id=self.platform.new_id(),
            run_id=run.run_id,
            workflow_id=run.workflow_id,
            node_id="ask",
            path="",
            title="Delete?",
            message="500 records",
            token="the-task-token",
            created_at=self.platform.now(),
            **fields,
        )
        self.platform.store.approvals.add(made)
        return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "weft.db")
    yield opened
    opened.close()


@pytest.fixture
def build(store: SqliteStore, tmp_path: Path) -> Callable[..., World]:
    """Makes a world; keyword arguments go to the API's options."""

    def made(**options: Any) -> World:
        now = [1_800_000_000.0]
        host = Host()
        platform = Platform(
            store=store,
            host=host,
            vault=KeyFileVault(tmp_path / "keys" / "weft.key"),
            claims=FolderClaims(tmp_path / "claims"),
            bus=InProcessBus(),
            http=None,  # type: ignore[arg-type]  # nothing here calls out
            catalogue=Types(),
            now=lambda: int(now[0] * 1000),
        )
        chosen = ApiOptions(KEY, now=lambda: now[0], **options)
        app = create_app(platform, chosen, catalogue=CATALOGUE, receive_hook=receive_webhook)
        return World(platform, host, chosen, app, now)

    return made


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    return build()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with connect(world.app) as opened:
        yield opened


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person()


def connect(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)
