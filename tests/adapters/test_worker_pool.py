"""Steps in real worker processes: answers, crashes, floods, hangs, questions, and shutting down."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.support.fused import fused, gave, step, value

from weft.adapters.embedded.claims import FolderClaims
from weft.adapters.embedded.workers.pool import WorkerPool
from weft.adapters.embedded.workers.settings import GroupSettings, PoolSettings
from weft.domain.claim import CLAIM, Seal
from weft.domain.credential import ResolvedSecret
from weft.domain.errors import StepRefused, StorageUnavailable
from weft.engine.errors import HandlerError
from weft.operations.claims import RunClaims
from weft.ports.approval_desk import ApprovalRequest

WORKER = Path(__file__).parents[1] / "runner" / "worker_with_test_nodes.py"
COMMAND = (sys.executable, "-P", str(WORKER))
KEY = "sk-0123456789"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers need POSIX")


@dataclass
class Desk:
    """Opens `good` and refuses all else; remembers for whom. Keeps claims in a folder."""

    claims: FolderClaims
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    asked: list[ApprovalRequest] = field(default_factory=list)

    async def secret(self, call: Mapping[str, Any], credential_id: str) -> ResolvedSecret:
        self.calls.append(call)
        if credential_id == "broken":
            raise RuntimeError("a bug of the server's")
        if credential_id != "good":
            raise StepRefused("the node does not name this credential")
        return ResolvedSecret(credential_id, "key", {"api_key": KEY}, ("api.test",))

    async def approval(self, call: Mapping[str, Any], request: ApprovalRequest) -> str:
        self.calls.append(call)
        self.asked.append(request)
        return "approval-1"

    async def keep_claim(self, call: Mapping[str, Any], value: Any) -> str:
        return self._claims(call).keep(value)

    async def fetch_claim(self, call: Mapping[str, Any], text: str) -> Any:
        return self._claims(call).fetch(text)

    def _claims(self, call: Mapping[str, Any]) -> RunClaims:
        return RunClaims(self.claims, Seal(b"k" * 32, call["tenant_id"], call["run_id"]))


def call(node: str, text: str = "", number: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "tenant_id": "t",
        "run_id": "r",
        "workflow_id": "w",
        "node_id": "n",
        "node_type": node,
        "version": 1,
        "key": "r/n/",
        "config": {"text": text, "number": number},
        "inputs": {"input": {"a": [1, "ä"]}},
        "credential": None,
        "attempt": 1,
        "deadline_seconds": 30,
    } | changes


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(FolderClaims(tmp_path / "claims"))


@pytest.fixture
async def make(tmp_path: Path, desk: Desk) -> AsyncIterator[Callable[..., WorkerPool]]:
    pools: list[WorkerPool] = []

    def build(**changes: Any) -> WorkerPool:
        group = GroupSettings(**({"max_workers": 2, "memory_mb": 256} | changes))
        settings = PoolSettings({"net": group, "code": group}, command=COMMAND)
        pools.append(WorkerPool(tmp_path, desk, settings))
        return pools[-1]

    yield build
    for pool in pools:
        await pool.close()


@pytest.fixture
async def pool(make: Callable[..., WorkerPool]) -> WorkerPool:
    pool = make()
    await pool.start()
    return pool


async def net(pool: WorkerPool, payload: dict[str, Any]) -> Any:
    return await pool.invoke("runner:net", payload)


async def failure(pool: WorkerPool, payload: dict[str, Any]) -> HandlerError:
    with pytest.raises(HandlerError) as caught:
        await net(pool, payload)
    return caught.value


async def test_a_step_answers_with_outputs_and_logs(pool: WorkerPool) -> None:
    answer = await net(pool, call("echo", "hello"))
    assert answer["outputs"]["output"] == {"a": [1, "ä"]}
    assert answer["logs"] == [{"level": "info", "message": "echoing", "data": {"text": "hello"}}]
    assert answer["usage"] is None


async def test_a_worker_stays_warm_and_is_not_shared_between_groups(pool: WorkerPool) -> None:
    first = (await net(pool, call("echo")))["outputs"]["pid"]
    assert (await net(pool, call("echo")))["outputs"]["pid"] == first
    other = await pool.invoke("runner:code", call("echo"))
    assert other["outputs"]["pid"] not in (first, os.getpid())


async def test_what_a_node_prints_does_not_reach_the_pipe(pool: WorkerPool) -> None:
    assert (await net(pool, call("print")))["outputs"] == {"output": ""}
    assert (await net(pool, call("echo")))["outputs"]["output"] == {"a": [1, "ä"]}


@pytest.mark.parametrize("size", [1, 100_000, 250_000])
async def test_large_values_go_both_ways(pool: WorkerPool, size: int) -> None:
    value = "ä" * (size // 2)
    answer = await net(pool, call("echo", inputs={"input": value}))
    assert answer["outputs"]["output"] == value


@pytest.mark.parametrize("value", ["\ud800", {"k": "\udfff"}, 2**53, -(2**63), 1.5, None])
async def test_odd_values_go_both_ways(pool: WorkerPool, value: Any) -> None:
    answer = await net(pool, call("echo", inputs={"input": value}))
    assert answer["outputs"]["output"] == value


async def test_an_error_keeps_its_name(pool: WorkerPool) -> None:
    error = await failure(pool, call("raise", "transient"))
    assert (error.error_type, error.message) == ("TransientStepError", "it went wrong")
    assert any("_raise" in line for line in error.trace)
    assert (await failure(pool, call("raise", "key"))).error_type == "KeyError"


@pytest.mark.parametrize(
    ("how", "number", "said"),
    [("exit", 3, "exit status 3"), ("segfault", 0, "SIGSEGV"), ("kill", 9, "SIGKILL")],
)
async def test_a_step_that_kills_its_process_fails_alone(
    pool: WorkerPool, how: str, number: int, said: str
) -> None:
    error = await failure(pool, call("die", how, number))
    assert error.error_type == "Runner.Crashed"
    assert said in error.message
    assert (await net(pool, call("echo")))["outputs"]["output"] == {"a": [1, "ä"]}


async def test_a_step_that_hangs_is_ended(pool: WorkerPool) -> None:
    pid = (await net(pool, call("echo")))["outputs"]["pid"]
    error = await failure(pool, call("sleep", number=60_000, deadline_seconds=0.2))
    assert error.error_type == "StepTimeout"
    assert not alive(pid)


async def test_a_flood_of_memory_fails_alone_and_its_worker_is_replaced(pool: WorkerPool) -> None:
    pid = (await net(pool, call("echo")))["outputs"]["pid"]
    error = await failure(pool, call("flood"))
    assert error.error_type == "Runner.OutOfMemory"
    assert (await net(pool, call("echo")))["outputs"]["pid"] != pid


async def test_an_output_over_the_limit_names_it(pool: WorkerPool) -> None:
    error = await failure(pool, call("big", number=300_000))
    assert error.error_type == "States.DataLimitExceeded"
    assert "300,0" in error.message and "256 KiB" in error.message


async def test_a_claim_of_one_step_is_the_value_of_the_next(pool: WorkerPool) -> None:
    left = (await net(pool, call("big", number=1_000_000, claims={"output": {}})))["outputs"]
    assert left["output"].keys() == {CLAIM}
    answer = await net(pool, call("length", inputs={"input": {"deep": [left["output"]]}}))
    assert answer["outputs"] == {"output": 1_000_000}


async def test_the_same_value_of_a_step_is_kept_once(pool: WorkerPool, tmp_path: Path) -> None:
    asked = call("big", number=1_000_000, claims={"output": {}})
    first, again = await net(pool, asked), await net(pool, asked | {"attempt": 2})
    assert first["outputs"] == again["outputs"]
    files = [path for path in (tmp_path / "claims").rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in files] == [1_000_002]


@pytest.mark.parametrize("other", [{"run_id": "q"}, {"tenant_id": "u"}])
async def test_a_claim_of_another_run_or_tenant_is_only_data(
    pool: WorkerPool, other: dict[str, str]
) -> None:
    left = (await net(pool, call("big", number=50_000, claims={"output": {}})))["outputs"]
    answer = await net(pool, call("echo", inputs={"input": left["output"]}) | other)
    assert answer["outputs"]["output"] == left["output"]


async def test_a_claim_whose_value_is_gone_fails_the_step(pool: WorkerPool, desk: Desk) -> None:
    left = (await net(pool, call("big", number=50_000, claims={"output": {}})))["outputs"]
    desk.claims.forget("t", "r")
    error = await failure(pool, call("echo", inputs={"input": left["output"]}))
    assert (error.error_type, "gone" in error.message) == ("PermanentStepError", True)


async def test_a_cancelled_step_ends_its_worker(pool: WorkerPool) -> None:
    pid = (await net(pool, call("echo")))["outputs"]["pid"]
    step = asyncio.create_task(net(pool, call("sleep", number=60_000)))
    await asyncio.sleep(0.1)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert not alive(pid)
    assert (await net(pool, call("echo")))["outputs"]["pid"] != pid


async def test_workers_grow_to_their_bound_and_the_rest_wait_in_line(pool: WorkerPool) -> None:
    steps = [net(pool, call("sleep", number=50)) for _ in range(6)]
    pids = {answer["outputs"]["output"] for answer in await asyncio.gather(*steps)}
    assert len(pids) == 2
    assert len(pool.pids()["runner:net"]) == 2


async def test_a_full_queue_says_so(make: Callable[..., WorkerPool]) -> None:
    pool = make(max_workers=1, max_queue=1)
    await pool.start()
    steps = [asyncio.create_task(net(pool, call("sleep", number=300))) for _ in range(2)]
    await asyncio.sleep(0)
    error = await failure(pool, call("echo"))
    assert error.error_type == "Runner.Busy"
    await asyncio.gather(*steps)


async def test_who_waits_gets_a_new_worker_when_the_busy_one_dies(
    make: Callable[..., WorkerPool],
) -> None:
    pool = make(max_workers=1)
    await pool.start()
    dying = asyncio.create_task(net(pool, call("die", "exit", 1)))
    waiting = asyncio.create_task(net(pool, call("echo")))
    with pytest.raises(HandlerError):
        await dying
    assert (await waiting)["outputs"]["output"] == {"a": [1, "ä"]}


async def test_who_stops_waiting_takes_nobodys_turn(make: Callable[..., WorkerPool]) -> None:
    pool = make(max_workers=1)
    await pool.start()
    busy = asyncio.create_task(net(pool, call("sleep", number=200)))
    await asyncio.sleep(0)
    gone = asyncio.create_task(net(pool, call("echo")))
    stays = asyncio.create_task(net(pool, call("echo")))
    await asyncio.sleep(0)
    gone.cancel()
    await busy
    assert (await stays)["outputs"]["output"] == {"a": [1, "ä"]}
    assert gone.cancelled()


async def test_a_worker_inherits_nothing_of_the_servers_environment(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_TEST_SECRET", "do-not-leak")
    seen = (await net(pool, call("environment")))["outputs"]["output"]
    assert set(seen) <= {"PATH", "LANG", "LC_CTYPE"}


async def test_a_worker_loads_no_sdk_it_does_not_use(pool: WorkerPool) -> None:
    loaded = set((await net(pool, call("modules")))["outputs"]["output"])
    assert not loaded & {"openai", "httpx", "httpx2", "fastapi", "sqlite3", "cryptography"}


async def test_a_secret_comes_over_the_pipe_and_leaves_no_trace(
    pool: WorkerPool, desk: Desk
) -> None:
    answer = await net(pool, call("secret", "good"))
    assert answer["outputs"] == {"length": len(KEY), "hosts": ["api.test"]}
    assert answer["logs"][0]["message"] == "the key is [REDACTED]"
    assert desk.calls[0]["run_id"] == "r"
    error = await failure(pool, call("secret", "good", 1))
    assert (error.error_type, error.message) == ("PermanentStepError", "refused with [REDACTED]")


async def test_a_refused_secret_is_the_steps_error(pool: WorkerPool) -> None:
    error = await failure(pool, call("secret", "other"))
    assert (error.error_type, error.message) == (
        "StepRefused",
        "the node does not name this credential",
    )
    assert (await net(pool, call("echo")))["outputs"]["output"] == {"a": [1, "ä"]}


async def test_a_bug_of_the_desk_fails_the_step_and_shows_nothing(pool: WorkerPool) -> None:
    error = await failure(pool, call("secret", "broken"))
    assert error.error_type == "RuntimeError"
    assert "bug" not in error.message


async def test_an_approval_reaches_the_desk_with_the_servers_own_token(
    pool: WorkerPool, desk: Desk
) -> None:
    answer = await net(pool, call("approve", "Ship it?", token="token-1"))
    assert answer["outputs"] == {"output": "approval-1"}
    assert desk.calls[0]["token"] == "token-1"
    assert (desk.asked[0].title, list(desk.asked[0].options)) == ("Ship it?", ["a", "b"])


async def test_an_approval_without_a_token_is_refused(pool: WorkerPool, desk: Desk) -> None:
    error = await failure(pool, call("approve", "Ship it?"))
    assert error.error_type == "StepRefused"
    assert desk.asked == []


async def test_an_unknown_function_is_an_error(pool: WorkerPool) -> None:
    with pytest.raises(HandlerError, match="no runner"):
        await pool.invoke("runner:none", call("echo"))


async def test_a_worker_that_cannot_start_is_a_crash(tmp_path: Path, desk: Desk) -> None:
    settings = PoolSettings({"net": GroupSettings()}, command=(sys.executable, "-c", "1/0"))
    pool = WorkerPool(tmp_path, desk, settings)
    await pool.start()
    assert (await failure(pool, call("echo"))).error_type == "Runner.Crashed"
    await pool.close()


async def test_idle_workers_end(make: Callable[..., WorkerPool]) -> None:
    pool = make(idle_seconds=0.0)
    await pool.start()
    pid = (await net(pool, call("echo")))["outputs"]["pid"]
    await asyncio.sleep(0.01)
    pool.sweep()
    assert pool.pids()["runner:net"] == []
    assert not alive(pid)


async def test_closing_ends_all_workers(make: Callable[..., WorkerPool]) -> None:
    pool = make()
    await pool.start()
    pid = (await net(pool, call("echo")))["outputs"]["pid"]
    await pool.close()
    assert not alive(pid)


async def test_closing_leaves_nobody_waiting(make: Callable[..., WorkerPool]) -> None:
    """Cancelled, not failed: the step is not over, and the next server runs it again."""
    pool = make(max_workers=1)
    await pool.start()
    steps = [asyncio.create_task(net(pool, call("sleep", number=60_000))) for _ in range(3)]
    await asyncio.sleep(0.05)
    await pool.close()
    _, pending = await asyncio.wait(steps, timeout=5)
    assert not pending
    assert all(step.cancelled() for step in steps)
    assert pool.pids()["runner:net"] == []


SERVER = """
import asyncio, sys
from pathlib import Path
from weft.adapters.embedded.claims import FolderClaims
from weft.adapters.embedded.workers.pool import WorkerPool
from weft.adapters.embedded.workers.settings import GroupSettings, PoolSettings

async def main():
    settings = PoolSettings({"net": GroupSettings()}, command=(sys.executable, "-P", sys.argv[2]))
    pool = WorkerPool(Path(sys.argv[1]), None, settings)
    await pool.start()
    payload = {"tenant_id": "t", "run_id": "r", "workflow_id": "w", "node_id": "n", "version": 1,
               "key": "k", "node_type": "echo"}
    print((await pool.invoke("runner:net", payload))["outputs"]["pid"], flush=True)
    await pool.invoke("runner:net", {**payload, "node_type": "sleep", "config": {"number": 60000}})

asyncio.run(main())
"""


async def test_workers_of_a_killed_server_are_gone_before_the_next_one_starts(
    tmp_path: Path, make: Callable[..., WorkerPool]
) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, str(tmp_path), str(WORKER), stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    pid = int(await server.stdout.readline())
    server.kill()
    await server.wait()
    await make().start()
    assert not alive(pid)


async def test_a_worker_that_outlives_its_server_is_found_and_killed(tmp_path: Path) -> None:
    from weft.adapters.embedded.workers.predecessors import WorkersLock

    first = WorkersLock(tmp_path)
    await first.acquire()
    assert first.fd is not None
    survivor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(60)", pass_fds=(first.fd,)
    )
    first.record(survivor.pid)
    first.release()
    second = WorkersLock(tmp_path, patience=0.1)
    await second.acquire()
    assert await survivor.wait() == -signal.SIGKILL
    second.release()


async def test_a_stranger_with_a_recorded_number_is_not_killed(tmp_path: Path) -> None:
    from weft.adapters.embedded.workers.predecessors import WorkersLock

    first = WorkersLock(tmp_path)
    await first.acquire()
    assert first.fd is not None
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(60)", pass_fds=(first.fd,)
    )
    os.write(first.fd, f"{holder.pid} 1\n".encode())
    first.release()
    with pytest.raises(StorageUnavailable, match="earlier server"):
        await WorkersLock(tmp_path, patience=0.1).acquire()
    assert holder.returncode is None
    holder.kill()
    await holder.wait()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


async def test_steps_of_one_call_run_in_one_worker_and_each_is_told(pool: WorkerPool) -> None:
    answer = await net(
        pool,
        fused(
            step("a", {"text": "x"}, value(0), node_type="echo"),
            step("b", {"text": "y"}, gave("a", "output"), node_type="echo"),
            values=({"n": 1},),
        ),
    )
    first, second = answer["outputs"].values()
    assert second["output"] == {"n": 1}
    assert first["pid"] == second["pid"]
    assert [trace["logs"][0]["data"] for trace in answer["steps"]] == [{"text": "x"}, {"text": "y"}]


async def test_a_step_of_a_call_opens_the_credential_that_the_server_knows_of(
    pool: WorkerPool, desk: Desk
) -> None:
    payload = fused(
        step("a", {"text": "good"}, node_type="secret"),
        step("b", {"text": "bad"}, node_type="secret"),
        credential="good",
    )
    answer = await net(pool, payload)
    assert answer["outputs"]["s0"]["length"] == len(KEY)
    assert answer["failed"]["Error"] == "StepRefused"
    assert KEY not in json.dumps(answer)
    assert [called["node_id"] for called in desk.calls] == ["a", "a"]


async def test_a_step_that_takes_too_long_costs_its_worker_but_not_what_was_done(
    pool: WorkerPool,
) -> None:
    payload = fused(
        step("a", node_type="echo"),
        step("b", {"number": 30_000}, node_type="sleep", deadline_seconds=0.2),
    )
    answer = await net(pool, payload)
    assert answer["failed"]["Error"] == "States.Timeout"
    old = answer["outputs"]["s0"]["pid"]
    assert (await net(pool, call("echo")))["outputs"]["pid"] != old


async def test_a_flood_in_a_call_of_several_steps_ends_its_worker(pool: WorkerPool) -> None:
    payload = fused(step("a", node_type="echo"), step("b", node_type="flood"))
    answer = await net(pool, payload)
    assert answer["failed"]["Error"] == "Runner.OutOfMemory"
    old = answer["outputs"]["s0"]["pid"]
    assert (await net(pool, call("echo")))["outputs"]["pid"] != old
