"""Kills the server again and again while `order-review` runs, and proves that nothing is lost.

`python -m tests.e2e.crash_drill 200 [seed]` kills 200 times, at random moments: about half of them
while steps run in workers, nearly as many while the run waits for its approval, the rest just after
the decision. After each kill the server is started again and
the run must go on by itself. The laws, checked on every run when it has ended:

1. Its output is the one of a run that nobody disturbed, and so are its steps and their statuses.
2. A finished step never runs again. The graph is the example with two calls to a witness added to
   each order, the second after the first: once the second has arrived the first had finished, so
   it must not arrive again.
3. Only what was in flight may run again, so no call arrives more often than the server was killed
   plus once, and it carries the same idempotency key each time.
"""

import json
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.weft_server import WeftServer
from tests.support.witness import Call, Witness

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-review"
ENDED = ("completed", "failed", "cancelled")
# A run that is still at work after this many kills makes no progress.
_MAX_KILLS_AT_WORK = 60


@dataclass
class Tally:
    """What the drill did."""

    kills: int = 0
    kills_working: int = 0
    kills_waiting: int = 0
    kills_deciding: int = 0
    runs: int = 0
    repeated_calls: int = 0
    restart_ms: list[float] = field(default_factory=list)


def watched_graph(witness_url: str) -> dict[str, Any]:
    """The example, with two calls to the witness in each order's way."""
    graph: dict[str, Any] = json.loads((EXAMPLE / "graph.json").read_text())
    for stage in ("first", "second"):
        graph["nodes"].append(
            {
                "id": f"witness_{stage}",
                "type": "http_request",
                "config": {
                    "method": "POST",
                    "url": f"{witness_url}/{stage}",
                    "body": {"run": "{{run.id}}", "item": "{{loop.index}}", "stage": stage},
                },
            }
        )
    # Every value after them is read by reference, so the calls change nothing of the result.
    graph["edges"].remove({"source": "joined", "target": "enriched"})
    graph["edges"] += [
        {"source": "joined", "target": "witness_first"},
        {"source": "witness_first", "source_port": "response", "target": "witness_second"},
        {"source": "witness_second", "source_port": "response", "target": "enriched"},
    ]
    return graph


class Drill:
    """One server, one witness, many deaths."""

    def __init__(self, server: WeftServer, witness: Witness, seed: int) -> None:
        self._server = server
        self._witness = witness
        self._random = random.Random(seed)
        self._workflow = server.publish(watched_graph(witness.url))
        self._data = json.loads((EXAMPLE / "input.json").read_text())
        self.tally = Tally()
        began = time.monotonic()
        run_id = server.begin(self._workflow, self._data)
        self._expected = server.wait(run_id)["output"]
        assert server.ask("GET", f"/approvals?run_id={run_id}&status=delivered")["items"], (
            "the run asked nobody: the drill would not kill while it waits"
        )
        self._seconds = time.monotonic() - began
        self._steps = _statuses(server.steps(run_id))
        self._check_calls(run_id, kills=0)

    def run(self, kills: int) -> Tally:
        """Kills that many times; the last run is brought to its end undisturbed."""
        while self.tally.kills < kills:
            self._disturb_one_run(kills)
        return self.tally

    def _disturb_one_run(self, kills: int) -> None:
        """Kills while it works, then as often while it waits, then as the decision arrives."""
        run_id = self._server.begin(self._workflow, self._data)
        tally, before, working, waiting = self.tally, self.tally.kills, 0, 0
        while tally.kills < kills:
            status = self._let_it_work(run_id)
            if status in ENDED:
                break
            if status != "waiting":
                working += 1
                assert working < _MAX_KILLS_AT_WORK, f"run {run_id} makes no progress"
                tally.kills_working += 1
            elif waiting < working:
                waiting += 1
                tally.kills_waiting += 1
            else:
                for approval in self._server.pending(run_id):
                    self._server.decide(approval["id"])
                tally.kills_deciding += 1
                time.sleep(self._random.uniform(0, 0.02))
            self._kill()
        ended = self._server.wait(run_id)
        self._check(run_id, ended, tally.kills - before)
        tally.runs += 1

    def _let_it_work(self, run_id: str) -> str:
        """Up to the moment of the next kill: anywhere while it works, soon while it waits.

        What the run says of itself at that moment.
        """
        if self._status(run_id) == "waiting":
            time.sleep(self._random.uniform(0, 0.1))
        else:
            time.sleep(self._random.uniform(0, self._seconds))
        return self._status(run_id)

    def _status(self, run_id: str) -> str:
        return str(self._server.run(run_id)["status"])

    def _kill(self) -> None:
        self._server.kill()
        self._server.start()
        self.tally.kills += 1
        self.tally.restart_ms.append(self._server.starts_ms[-1])

    def _check(self, run_id: str, ended: Mapping[str, Any], kills: int) -> None:
        where = f"run {run_id} after {kills} kills"
        assert ended["status"] == "completed", f"{where}: {ended['status']} {ended['error']}"
        assert ended["output"] == self._expected, f"{where}: another output"
        steps = _statuses(self._server.steps(run_id))
        assert steps == self._steps, f"{where}: other steps: {_difference(steps, self._steps)}"
        self._check_calls(run_id, kills)

    def _check_calls(self, run_id: str, kills: int) -> None:
        mine = [call for call in self._witness.calls if call.run == run_id]
        assert mine, "nothing called the witness: the drill would prove nothing"
        keys: dict[tuple[str, str], set[str]] = defaultdict(set)
        times: Counter[tuple[str, str]] = Counter()
        for place, call in enumerate(mine):
            keys[call.item, call.stage].add(call.key)
            times[call.item, call.stage] += 1
            if call.stage == "first":
                assert not _second_before(mine[:place], call), (
                    f"run {run_id}: the finished step of order {call.item} ran again"
                )
        assert all(len(found) == 1 and "" not in found for found in keys.values()), (
            "a repeated call carried another idempotency key"
        )
        assert all(count <= kills + 1 for count in times.values()), "a call came too often"
        self.tally.repeated_calls += sum(count - 1 for count in times.values())


def _second_before(earlier: list[Call], call: Call) -> bool:
    return any(c.item == call.item and c.stage == "second" for c in earlier)


def _statuses(steps: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for step in steps:
        place = (step["node_id"], step["path"])
        assert place not in found, f"{place} has two steps"
        found[place] = step["status"]
    return found


def _difference(one: dict[Any, Any], other: dict[Any, Any]) -> str:
    places = sorted(set(one.items()) ^ set(other.items()))
    return ", ".join(f"{node}[{path}] {status}" for (node, path), status in places[:10])


def drill(kills: int, seed: int, folder: Path) -> Tally:
    """Runs the drill in `folder`. Raises `AssertionError` naming the law that broke."""
    with Witness() as witness:
        server = WeftServer(folder, WEFT_ALLOW_NETWORKS="127.0.0.1/32")
        with server:
            return Drill(server, witness, seed).run(kills)


def main() -> int:
    """Command line: number of kills, then optionally the seed of a campaign to repeat."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    sys.stdout.write(f"crash drill: {kills} kills, seed {seed}\n")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="weft-drill-") as folder:
        tally = drill(kills, seed, Path(folder))
    restarts = sorted(tally.restart_ms)
    sys.stdout.write(
        f"crash drill: {tally.kills} kills over {tally.runs} runs ({tally.kills_working} while "
        f"steps ran, {tally.kills_waiting} while it waited for a person, {tally.kills_deciding} as "
        f"the decision arrived), {tally.repeated_calls} calls in flight repeated, 0 finished steps "
        f"run twice, 0 outputs changed; restart median {restarts[len(restarts) // 2]:.0f} ms, "
        f"{(time.monotonic() - began) / tally.kills:.1f} s per kill\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
