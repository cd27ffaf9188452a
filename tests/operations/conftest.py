"""A platform on a temporary folder: real store, engine and compiler; scripted handlers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from weft.bootstrap.embedded import Parts, open_embedded
from weft.bootstrap.step_desk import StepDesk
from weft.domain.caller import Caller, Role
from weft.domain.run import Run, Step, Trigger
from weft.domain.run_event import RunEvent
from weft.domain.workflow import PublishedVersion, Workflow
from weft.engine.clock import SkippingClock
from weft.engine.errors import HandlerError
from weft.engine.jsonata_fast import FastJsonata
from weft.expressions.ast import Binary, Get, Literal, Ref, RefKind
from weft.ir.ops import Case as Way
from weft.ir.ops import Compute, Decide, ForEach, Invoke, Race, Result, Sleep, Start
from weft.ir.ports import Join, Port
from weft.nodekit.config import NodeConfig, Value, Whole
from weft.nodekit.fused_call import is_fused
from weft.nodekit.node_type import (
    BoundNode,
    Category,
    CredentialField,
    CredentialType,
    NodeType,
)
from weft.nodes.flow import run_workflow
from weft.operations.create_workflow import create_workflow
from weft.operations.platform import Platform
from weft.operations.provision_tenant import ensure_owner
from weft.operations.publish_workflow import publish_workflow
from weft.operations.start_run import start_run
from weft.operations.wait_for_run import wait_for_run
from weft.ports.approval_desk import ApprovalRequest
from weft.validation.fused import fused_answer

JSONATA = FastJsonata()
KEY = CredentialType("key", "Key", (CredentialField("token", "Token"),), hosts=("api.example.com",))


class Empty(NodeConfig):
    pass


class Valued(NodeConfig):
    value: Value = None


class Called(NodeConfig):
    value: Value = None
    credential: str | None = None
    safe: bool = False  # may be repeated


class Waited(NodeConfig):
    seconds: Whole = 60


class Asked(NodeConfig):
    title: str = "Sure?"


class Chosen(NodeConfig):
    condition: Value


class Looped(NodeConfig):
    items: Value


def _call(node: BoundNode[Called]) -> Invoke:
    return Invoke(
        "net",
        "call",
        1,
        {"value": node.value("value")},
        {"input": node.input()},
        credential=node.config.credential,
        idempotent=node.config.safe,
    )


def _ask(node: BoundNode[Asked]) -> Invoke:
    result = Ref(RefKind.RESULT)
    chosen = Get(result, "decision")
    return Invoke(
        "net",
        "ask",
        1,
        node.values(),
        outputs=("decision", "comment"),
        routes=(
            Way("approved", Binary("==", chosen, Literal("approved"))),
            Way("rejected", Literal(True)),
        ),
        callback=True,
        timeout_port=None,
    )


def _run(config: Any, inputs: Any, ctx: Any) -> Any:
    raise AssertionError("the house answers for every handler")


def _type(
    name: str, category: Category, config: type[Any], lower: Any, **more: Any
) -> NodeType[Any]:
    return NodeType(name, 1, name, name, category, config, lower, **more)


TYPES = (
    _type(
        "manual_trigger",
        Category.TRIGGER,
        Empty,
        lambda node: Start({"output": Ref(RefKind.TRIGGER)}),
        inputs=(),
    ),
    _type(
        "by_call",
        Category.TRIGGER,
        Empty,
        lambda node: Start({"output": Get(Ref(RefKind.TRIGGER), "data")}, callable=True),
        inputs=(),
    ),
    run_workflow.NODE,
    _type(
        "webhook_trigger",
        Category.TRIGGER,
        type("Hook", (NodeConfig,), {"__annotations__": {"path": str}, "path": ""}),
        lambda node: Start({"output": Ref(RefKind.TRIGGER)}),
        inputs=(),
    ),
    _type("set", Category.DATA, Valued, lambda node: Compute({"output": node.value("value")})),
    _type(
        "if",
        Category.FLOW,
        Chosen,
        lambda node: Decide((Way("true", node.value("condition")),), "false", node.input()),
        outputs=(Port("true"), Port("false")),
    ),
    _type("call", Category.NET, Called, _call, run=_run, group="net", credentials=(KEY,)),
    _type(
        "ask",
        Category.FLOW,
        Asked,
        _ask,
        run=_run,
        group="net",
        outputs=(Port("approved"), Port("rejected")),
    ),
    _type(
        "wait",
        Category.FLOW,
        Waited,
        lambda node: Sleep(node.input(), seconds=node.value("seconds")),
    ),
    _type(
        "each",
        Category.FLOW,
        Looped,
        lambda node: ForEach(node.value("items")),
        inputs=(Port("input"), Port("back", gates=False)),
        outputs=(Port("item"), Port("done")),
    ),
    _type(
        "race",
        Category.FLOW,
        Empty,
        lambda node: Race(),
        inputs=(Port("input", many=True),),
        join=Join.ANY_PORT,
    ),
    _type("result", Category.FLOW, Empty, lambda node: Result(node.input()), outputs=()),
)


class Types:
    """A catalogue of the types above."""

    def find(self, name: str) -> NodeType[Any] | None:
        return next((found for found in TYPES if found.name == name), None)

    def names(self) -> tuple[str, ...]:
        return tuple(found.name for found in TYPES)


class NoHttp:
    """Nothing here calls out."""

    def request(self, method: str, url: str, **options: Any) -> Any:
        raise AssertionError("no operation may call out")


class Dead(BaseException):
    """The process is gone at this very point."""


class Dying:
    """Another object up to one call, given as a path: there the process dies."""

    def __init__(self, inner: Any, path: str) -> None:
        self._inner = inner
        self._head, _, self._rest = path.partition(".")

    def __getattr__(self, name: str) -> Any:
        if name != self._head:
            return getattr(self._inner, name)
        if self._rest:
            return Dying(getattr(self._inner, name), self._rest)
        raise Dead


def graph(*nodes: Any, edges: str = "", **settings: Any) -> dict[str, Any]:
    """`graph(("t", "manual_trigger"), ("c", "call", {...}), edges="t>c c.output>d")`."""
    made = []
    for node in nodes:
        name, type, *config = node
        made.append({"id": name, "type": type, "config": config[0] if config else {}})
    lines = []
    for text in edges.split():
        source, target = text.split(">")
        source, _, source_port = source.partition(".")
        target, _, target_port = target.partition(".")
        lines.append(
            {
                "source": source,
                "source_port": source_port or None,
                "target": target,
                "target_port": target_port or None,
            }
        )
    return {"schema": "weft/1", "nodes": made, "edges": lines, "settings": settings}


@dataclass
class House:
    """A platform that can be restarted, with an owner and scripted handlers."""

    folder: Path
    platform: Platform = None  # type: ignore[assignment]
    caller: Caller = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.clock = SkippingClock(auto=False)
        self.calls: list[dict[str, Any]] = []
        self.handlers: dict[str, Callable[[dict[str, Any]], Any]] = {}
        self.desk = StepDesk()
        self.types: Any = Types()
        self._stack = AsyncExitStack()

    graph = staticmethod(graph)
    dead = Dead
    refusal = HandlerError("PermanentStepError", "refused")

    @property
    def home(self) -> Path:
        return self.folder / "data"

    @property
    def key_file(self) -> Path:
        return self.folder / "keys" / "weft.key"

    def parts(self) -> Parts:
        return Parts(self.invoke, JSONATA, self.types, NoHttp(), self.desk, clock=self.clock)

    async def open(self) -> None:
        self.platform = await self._stack.enter_async_context(
            open_embedded(self.home, self.key_file, self.parts())
        )
        owner = await ensure_owner(self.platform)
        self.caller = Caller(owner.tenant_id, owner.user_id, Role.OWNER, "session")

    async def close(self) -> None:
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    async def invoke(self, function: str, payload: Any, deadline: float | None) -> Any:
        if is_fused(payload):
            return await fused_answer(payload, lambda call: self.invoke("", call, None))
        self.calls.append(payload)
        if "token" in payload:
            request = ApprovalRequest(payload["config"]["title"], expires_in_seconds=3600)
            await self.desk.approval(payload, request)
            return {"outputs": {}}
        handler = self.handlers.get(payload["node_id"])
        if handler is None:
            return {"outputs": {"output": payload["config"]["value"]}}
        made = handler(payload)
        return await made if hasattr(made, "__await__") else made

    async def publish(self, document: dict[str, Any]) -> tuple[Workflow, PublishedVersion]:
        workflow = await create_workflow(self.platform, self.caller, "test", graph=document)
        version = await publish_workflow(self.platform, self.caller, workflow.workflow_id)
        return workflow, version

    async def start(self, document: dict[str, Any], data: Any = None) -> Run:
        workflow, _ = await self.publish(document)
        return await self.again(workflow.workflow_id, data)

    async def again(self, workflow_id: str, data: Any = None) -> Run:
        return await start_run(self.platform, self.caller, workflow_id, Trigger(data=data))

    async def end(self, run: Run) -> Run:
        return await wait_for_run(self.platform, self.caller, run.run_id, timeout_seconds=10)

    def dying(self, port: str, path: str) -> Platform:
        """The platform, up to a call of one of its ports."""
        changed: dict[str, Any] = {port: Dying(getattr(self.platform, port), path)}
        return replace(self.platform, **changed)

    async def settle(self) -> None:
        """Let everything that can happen now happen."""
        for _ in range(20):
            await asyncio.sleep(0)

    def run(self, run: Run) -> Run:
        return self.platform.store.runs.get(run.tenant_id, run.run_id)

    def steps(self, run: Run) -> dict[str, Step]:
        found = self.platform.store.runs.list_steps(run.tenant_id, run.run_id)
        return {f"{step.node_id}{step.path and '@' + step.path}": step for step in found}

    def events(self, run: Run) -> list[RunEvent]:
        return list(self.platform.store.runs.list_events(run.tenant_id, run.run_id, 0, 1000))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    await made.open()
    yield made
    await made.close()
