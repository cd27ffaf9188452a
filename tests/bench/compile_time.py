"""What compiling costs, by kind of graph and stage: CPU seconds, and how they grow with the graph.

`python -m tests.bench.compile_time`. The ratios are of one run on one machine, so that they compare
between machines where the seconds do not.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from tests.bench import workloads

from weft.compiler import compile as compiling
from weft.nodes.catalogue import NodeCatalogue

SIZES: Final = (1_000, 2_000)
LINEAR: Final = 2.6  # twice the nodes may take so many times as long
STAGES: Final = ("parse", "examine", "plan", "emit", "fitting", "verify_regions", "machine_of")
KINDS: Final[dict[str, Callable[[int], dict[str, Any]]]] = {
    "handlers": workloads.handler_chain,
    "pure": workloads.pure_chain,
    "decisions": workloads.decisions,
    "fan-out": lambda size: workloads.fan_out(10, size // 10),
}


def measured(graph: dict[str, Any], rounds: int = 3) -> tuple[float, dict[str, float]]:
    """Median CPU seconds of a compile, and the seconds of each stage in one of them."""
    source, catalogue = json.dumps(graph), NodeCatalogue()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        compiling.compile_workflow(source, catalogue)
        times.append(time.process_time() - began)
    return statistics.median(times), _by_stage(source, catalogue)


def _by_stage(source: str, catalogue: NodeCatalogue) -> dict[str, float]:
    """Seconds inside each function that the pipeline calls, seen by a profiler of calls alone."""
    spent: dict[str, float] = {}
    began: dict[str, float] = {}
    pipeline = compiling.compile_workflow.__code__

    def look(frame: Any, event: str, _: object) -> None:
        name = frame.f_code.co_name
        if name in STAGES and frame.f_back is not None and frame.f_back.f_code is pipeline:
            if event == "call":
                began[name] = time.process_time()
            elif event == "return":
                spent[name] = spent.get(name, 0.0) + time.process_time() - began.pop(name)

    sys.setprofile(look)
    try:
        compiling.compile_workflow(source, catalogue)
    finally:
        sys.setprofile(None)
    return spent


def main(report: Callable[[str], None]) -> None:
    """Report a table: seconds per size, their ratio, and the share of each stage."""
    report(f"{'graph':<12}{'nodes':>7}{'CPU s':>8}{'ratio':>7}  shares of the stages")
    for kind, made in KINDS.items():
        before: float | None = None
        for size in SIZES:
            seconds, stages = measured(made(size))
            total = sum(stages.values())
            shares = " ".join(f"{name} {100 * took / total:.0f} %" for name, took in stages.items())
            ratio = "" if before is None else f"{seconds / before:.2f}"
            slow = " ← more than linear" if before is not None and seconds > LINEAR * before else ""
            report(f"{kind:<12}{size:>7}{seconds:>8.2f}{ratio:>7}  {shares}{slow}")
            before = seconds


if __name__ == "__main__":
    main(lambda text: print(text, file=sys.stdout, flush=True))  # noqa: T201
