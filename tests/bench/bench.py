"""Measures the product as a client sees it: over HTTP, journal on, one server, this machine.

Per workload: median latency of a run (start to end in one request), CPU ms of the server per run
(workers included), runs per second with 8 clients. Then memory idle and with 10,000 waiting runs,
the time from an answered approval to the end of its run, cold start to the first finished run, and
what a run leaves in the journal. Beside each figure stands what is wanted (`wanted.py`).
"""

import argparse
import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench import wanted, workloads
from tests.bench.processes import cpu_seconds, resident_mib
from tests.support.weft_server import WeftServer

_CLIENTS = 8


@dataclass(frozen=True)
class Figure:
    """One row: milliseconds, CPU milliseconds, runs per second."""

    workload: str
    median_ms: float
    p95_ms: float
    cpu_ms: float
    runs_per_second: float


class Runner:
    """Executes one published workflow over a kept connection."""

    def __init__(self, server: WeftServer, workflow: str, data: Any) -> None:
        self._port = server.port
        self._path = f"/api/v1/workflows/{workflow}/execute"
        self._body = json.dumps({"input": data, "wait": 30}).encode()
        self._headers = {"content-type": "application/json", "x-api-key": server.api_key}

    def connection(self) -> http.client.HTTPConnection:
        """A connection of the caller's own."""
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)

    def once(self, connection: http.client.HTTPConnection) -> None:
        """One run, from start to end. Raises `AssertionError` when it did not complete."""
        connection.request("POST", self._path, self._body, self._headers)
        reply = connection.getresponse()
        text = reply.read()
        assert reply.status == 200 and b'"completed"' in text, (reply.status, text[:500])


def measure(server: WeftServer, name: str, graph: Any, data: Any, rounds: int) -> Figure:
    """Latency one at a time, then throughput with eight clients."""
    workflow = server.publish(graph, optimise=not name.endswith("(off)"))
    runner = Runner(server, workflow, data)
    connection = runner.connection()
    for _ in range(max(3, rounds // 10)):
        runner.once(connection)
    times = []
    cpu = cpu_seconds(server.pid)
    for _ in range(rounds):
        began = time.perf_counter()
        runner.once(connection)
        times.append((time.perf_counter() - began) * 1000)
    cpu_ms = (cpu_seconds(server.pid) - cpu) * 1000 / rounds
    rate = throughput(runner, max(rounds, 3 * _CLIENTS))
    ordered = sorted(times)
    return Figure(name, statistics.median(ordered), ordered[int(len(ordered) * 0.95)], cpu_ms, rate)


def throughput(runner: Runner, runs: int) -> float:
    """Runs per second with eight clients, each with its own connection."""
    left = iter(range(runs))
    lock = threading.Lock()

    def client() -> None:
        connection = runner.connection()
        while True:
            with lock:
                if next(left, None) is None:
                    return
            runner.once(connection)

    threads = [threading.Thread(target=client) for _ in range(_CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return runs / (time.perf_counter() - began)


def cases() -> list[tuple[str, Any, Any, int]]:
    """(name, graph, input, rounds)."""
    small = workloads.payload(1024)
    found: list[tuple[str, Any, Any, int]] = []
    for length, rounds in ((10, 300), (50, 200), (200, 60)):
        pure = workloads.pure_chain(length)
        found.append((f"chain{length} pure", pure, small, rounds))
        found.append((f"chain{length} (off)", pure, small, max(20, rounds // 3)))
        steps = workloads.handler_chain(length)
        found.append((f"chain{length} handlers", steps, small, max(10, rounds // 6)))
    found.append(("handlers20", workloads.handler_chain(20), small, 60))
    found.append(("fan-out 10x3", workloads.fan_out(10, 3), small, 40))
    found.append(("map1000 pure", workloads.map_items(), workloads.items(1000), 40))
    found.append(("map200 handlers", workloads.map_steps(), workloads.items(200), 15))
    found.append(("chain50 100 KB", workloads.pure_chain(50), workloads.payload(100_000), 60))
    found.append(("if20", workloads.decisions(20), small, 200))
    return found


def waiting(server: WeftServer, count: int) -> dict[str, float]:
    """Memory with `count` runs that wait for a person, and how fast one goes on when answered."""
    workflow = server.publish(workloads.approval())
    runs = [server.begin(workflow, {"n": index}) for index in range(count)]
    until = time.monotonic() + 600
    while any(server.run(run)["status"] != "waiting" for run in runs[-5:]):
        assert time.monotonic() < until, "the runs do not get to their approval"
        time.sleep(0.05)
    time.sleep(1)
    resident = resident_mib(server.pid)
    times = []
    for run in runs[:: max(1, count // 30)]:
        pending = server.ask("GET", f"/approvals?run_id={run}")["items"]
        approval = next(item for item in pending if item["run_id"] == run)
        began = time.perf_counter()
        server.decide(approval["id"])
        while server.run(run)["status"] != "completed":
            time.sleep(0.001)
        times.append((time.perf_counter() - began) * 1000)
    return {
        "waiting_runs": count,
        "resident_mib": resident,
        "resume_ms_median": statistics.median(times),
        "resume_ms_max": max(times),
    }


def cold_start(folder: Path) -> float:
    """Milliseconds from starting an installed server to its first finished run, median of five."""
    with WeftServer(folder) as server:
        workflow = server.publish(workloads.pure_chain(10))
        data = workloads.payload(100)
        server.stop()
        times = []
        for _ in range(5):
            began = time.perf_counter()
            server.start()
            runner = Runner(server, workflow, data)
            runner.once(runner.connection())
            times.append((time.perf_counter() - began) * 1000)
            server.stop()
    return statistics.median(times)


def journal_bytes(folder: Path, runs: int = 500) -> float:
    """What a run of ten pure nodes leaves in the engine's journal, once its log is written back."""
    journal = folder / "data" / "engine" / "journal.sqlite"
    with WeftServer(folder) as server:
        workflow = server.publish(workloads.pure_chain(10))
        sizes = []
        for rounds in (100, runs):  # the first ones fill pages that are there anyway
            runner = Runner(server, workflow, workloads.payload(1024))
            connection = runner.connection()
            for _ in range(rounds):
                runner.once(connection)
            server.stop()
            sizes.append(journal.stat().st_size)
            server.start()
    return (sizes[1] - sizes[0]) / runs


def table(figures: list[Figure]) -> list[str]:
    """Lines that show each figure with what is wanted of it."""
    lines = [f"{'workload':<18}{'median ms':>16}{'p95 ms':>9}{'CPU ms':>16}{'runs/s':>14}"]
    for row in figures:
        goal = wanted.WORKLOADS.get(row.workload, wanted.NOTHING)
        lines.append(
            f"{row.workload:<18}{beside(row.median_ms, goal.median_ms):>16}{row.p95_ms:>9.2f}"
            f"{beside(row.cpu_ms, goal.cpu_ms):>16}"
            f"{beside(row.runs_per_second, goal.runs_per_second, 0):>14}"
        )
    return lines


def beside(seen: float, goal: float | None, places: int = 2) -> str:
    """`seen (goal)`, or what was seen alone."""
    return f"{seen:.{places}f}" + ("" if goal is None else f" ({goal:g})")


def main(report: Callable[[str], None]) -> None:
    """Run everything and report a table, or JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--only", default="", help="workloads whose name contains this")
    options.add_argument("--waiting", type=int, default=10_000, help="parked runs; 0 leaves it out")
    asked = options.parse_args()
    figures: list[Figure] = []
    parked: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        with WeftServer(Path(folder) / "a") as server:
            time.sleep(1)
            idle = resident_mib(server.pid)
            for name, graph, data, rounds in cases():
                if asked.only in name:
                    figures.append(measure(server, name, graph, data, rounds))
        if asked.waiting:
            with WeftServer(Path(folder) / "b") as server:
                parked = waiting(server, asked.waiting)
        cold = cold_start(Path(folder) / "c")
        kept = journal_bytes(Path(folder) / "d")
    whole = {"idle_mib": idle, "cold_ms": cold, "journal_bytes": kept, **parked}
    if asked.json:
        rows = [asdict(figure) for figure in figures]
        report(json.dumps({"runs": rows, **whole}, indent=2))
        return
    for line in table(figures):
        report(line)
    goals = {
        "idle_mib": wanted.IDLE_MIB,
        "cold_ms": wanted.COLD_START_MS,
        "journal_bytes": wanted.JOURNAL_BYTES,
        "resident_mib": wanted.PARKED_MIB,
        "resume_ms_max": wanted.RESUME_MS,
    }
    for key, seen in whole.items():
        report(f"{key:<18}{beside(seen, goals.get(key), 1):>16}")


if __name__ == "__main__":
    import sys

    main(lambda text: print(text, file=sys.stdout, flush=True))  # noqa: T201
