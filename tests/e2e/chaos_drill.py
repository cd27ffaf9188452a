"""Disturbs a Step Functions server in every way at random moments of a mixed load.

`python -m tests.e2e.chaos_drill 500 [seed]` strikes 500 times: kill -9, SIGTERM, a full disk, a
slow disk, a stalled process, a clock that is set, handlers that break off. What runs meanwhile is
in `chaos_load`, the faults are in `chaos_faults`, and the laws in `chaos_laws`. Besides them: every
execution ends with the output of an undisturbed one, every acknowledged start is there and there
are no others, a stopped execution stays stopped, and SIGTERM ends the server within 5 s with 0.
"""

import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from tests.e2e.chaos_faults import Faults, preload, small_disk
from tests.e2e.chaos_functions import Functions
from tests.e2e.chaos_laws import Watched, check_calls, check_history
from tests.e2e.chaos_load import inner_machine, machines
from tests.support.state_machine_server import StateMachineServer
from tests.support.state_machines import made

_MACHINES = 6
_RUNNING = 12
# An execution takes some 6 s; faults on the way, and waits that look at a clock that was set every
# 30 s only, may add to that.
_STUCK_SECONDS = 120.0
# A call that was on its way when a stop was acknowledged has arrived by then.
_ON_ITS_WAY_SECONDS = 0.3
_STOPPED_SHARE = 0.25


@dataclass
class Tally:
    """What the drill did and saw."""

    faults: Counter[str] = field(default_factory=Counter)
    executions: int = 0
    stopped: int = 0
    repeated_calls: int = 0
    broken_off: int = 0
    restart_ms: list[float] = field(default_factory=list)
    sigterm_ms: list[float] = field(default_factory=list)


class Drill:
    """One server, many faults."""

    def __init__(
        self, server: StateMachineServer, functions: Functions, faults: Faults, seed: int
    ) -> None:
        self._functions, self._faults = functions, faults
        self._dice = random.Random(seed)
        self._client = server.client()
        self._inner = made(self._client, inner_machine())
        self._machines = [
            made(self._client, text) for text in machines(self._dice, self._inner, _MACHINES)
        ]
        self._count = 0
        self._running: list[Watched] = []
        self._all: list[Watched] = []
        self.tally = Tally()
        for machine in self._machines:
            self._start(machine)
        self._expected = {w.machine: self._undisturbed(w) for w in self._running}
        self._running.clear()

    def run(self, count: int) -> Tally:
        """So many faults, then everything is brought to its end."""
        kinds = list(self._faults.kinds)
        bag: list[str] = []
        for _ in range(count):
            for _ in range(self._dice.randint(2, 4)):
                if len(self._running) < _RUNNING:
                    self._start(self._dice.choice(self._machines))
            time.sleep(self._dice.uniform(0, 0.8))
            self._look()
            if not bag:  # every kind before any comes again
                bag = self._dice.sample(kinds, len(kinds))
            kind = bag.pop()
            self._faults.strike(kind)
            self.tally.faults[kind] += 1
            if self._running and self._dice.random() < _STOPPED_SHARE:
                self._stop(self._dice.choice(self._running))
            self._look()
        while self._running:
            time.sleep(0.1)
            self._look()
        self._check_nothing_lost()
        self.tally.broken_off = self._functions.broken_off
        self.tally.restart_ms = self._faults.restart_ms
        self.tally.sigterm_ms = self._faults.sigterm_ms
        return self.tally

    def _ask(self, call: Callable[..., Any], **request: Any) -> Any:
        """The answer of a server that is there, and asked again while its disk is full."""
        until = time.monotonic() + 30
        while True:
            try:
                return call(**request)
            except ClientError as error:
                code = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if code < 500 or time.monotonic() > until:
                    raise
            except BotoCoreError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.05)

    def _start(self, machine: str) -> None:
        name = f"run{self._count:05}"
        self._count += 1
        started = self._ask(
            self._client.start_execution, stateMachineArn=machine, name=name,
            input=json.dumps({"key": name}),
        )  # fmt: skip
        watched = Watched(started["executionArn"], machine, name, time.monotonic())
        self._running.append(watched)
        self._all.append(watched)

    def _undisturbed(self, watched: Watched) -> str:
        while (found := self._describe(watched))["status"] == "RUNNING":
            self._check_not_stuck(watched)
            time.sleep(0.05)
        assert found["status"] == "SUCCEEDED", f"undisturbed {found}"
        return _without_name(watched, found["output"])

    def _describe(self, watched: Watched) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(self._client.describe_execution, executionArn=watched.arn)
        return found

    def _check_not_stuck(self, watched: Watched) -> None:
        spent = time.monotonic() - watched.begun
        assert spent < _STUCK_SECONDS, f"{watched.name} is stuck: {self._history(watched)[-8:]}"

    def _history(self, watched: Watched) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        request = {"executionArn": watched.arn, "maxResults": 1000}
        while True:
            page = self._ask(self._client.get_execution_history, **request)
            events += page["events"]
            if "nextToken" not in page:
                return events
            request["nextToken"] = page["nextToken"]

    def _look(self) -> None:
        """At all that run; who has ended is checked."""
        for watched in list(self._running):
            found = self._describe(watched)
            history = self._history(watched)
            watched.look(history, len(self._functions.arrivals))
            if found["status"] == "RUNNING":
                self._check_not_stuck(watched)
                continue
            self._running.remove(watched)
            self._check_ended(watched, found)

    def _check_ended(self, watched: Watched, found: dict[str, Any]) -> None:
        self.tally.executions += 1
        if watched.stopped is None:
            assert found["status"] == "SUCCEEDED", f"{watched.name}: {found}"
            output = _without_name(watched, found["output"])
            assert output == self._expected[watched.machine], f"{watched.name}: {output}"
        else:
            assert found["status"] == "ABORTED", f"{watched.name} was stopped: {found}"
        check_history(watched.name, watched.seen)

    def _stop(self, watched: Watched) -> None:
        """Unless it ends by itself first."""
        self._ask(self._client.stop_execution, executionArn=watched.arn)
        if self._describe(watched)["status"] == "ABORTED":
            time.sleep(_ON_ITS_WAY_SECONDS)
            watched.stopped = len(self._functions.arrivals)
            self.tally.stopped += 1

    def _check_nothing_lost(self) -> None:
        """At the very end, because what had ended must stay as it was through all that followed."""
        seen = self._functions
        for watched in self._all:
            self.tally.repeated_calls += check_calls(watched, seen.arrivals, seen.answered)
            assert self._history(watched)[: len(watched.seen)] == watched.seen
        for machine in self._machines:
            pages = self._client.get_paginator("list_executions").paginate(stateMachineArn=machine)
            there = sorted(e["name"] for page in pages for e in page["executions"])
            assert there == sorted(w.name for w in self._all if w.machine == machine)


def _without_name(watched: Watched, output: str) -> str:
    return output.replace(watched.name, "RUN")


def drill(faults: int, seed: int, folder: Path) -> Tally:
    """Runs the drill in `folder`. Raises `AssertionError` naming the law that broke."""
    dice = random.Random(seed + 1)
    environment = preload(folder)
    with small_disk(folder / "data", faults) as small:
        holder: list[StateMachineServer] = []
        with Functions(lambda: holder[0].client(), dice) as functions:
            server = StateMachineServer(folder, "--lambda-endpoint", functions.url, **environment)
            holder.append(server)
            with server:
                control = folder / "faults" if environment else None
                harm = Faults(server, functions, dice, disk=small, control=control)
                return Drill(server, functions, harm, seed).run(faults)


def main() -> int:
    """Command line: number of faults, then optionally the seed of a campaign to repeat."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    sys.stdout.write(f"chaos drill: {count} faults, seed {seed}\n")
    sys.stdout.flush()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="weft-chaos-"))
    try:
        tally = drill(count, seed, folder)
    except AssertionError:
        sys.stdout.write(f"chaos drill: FAILED with seed {seed}; {folder} is kept\n")
        raise
    shutil.rmtree(folder)
    restarts = sorted(tally.restart_ms) or [0.0]
    pace = (time.monotonic() - began) / count
    kinds = ", ".join(f"{number} {kind}" for kind, number in tally.faults.most_common())
    sys.stdout.write(
        f"chaos drill: {kinds}; {tally.executions} executions ended as undisturbed or stopped "
        f"({tally.stopped} stopped), {tally.repeated_calls} calls in flight repeated, "
        f"{tally.broken_off} calls broken off, 0 finished steps repeated, 0 runs lost or stuck; "
        f"slowest SIGTERM {max(tally.sigterm_ms, default=0):.0f} ms, restart median "
        f"{restarts[len(restarts) // 2]:.0f} ms, {pace:.1f} s a fault\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
