"""How long large graphs take to compile: the random families, lifted to graphs."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any, Final

from weft.bench.catalogue import BenchCatalogue
from weft.bench.drawing import Drawing, Drawn, Line, document
from weft.bench.posets import FAMILIES, skewed
from weft.compiler.compile import compile_workflow
from weft.compiler.options import OPTIMAL, Options
from weft.compiler.schedule.poset import covers
from weft.domain.errors import CompileError, Severity

SIZES: Final = (1_000, 10_000)
_KINDS = {0.15: "code", 0.6: "native", 8.0: "llm", 30.0: "llm"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """`seconds`: of the processor, the median of several; `refused`: codes where it fails."""

    family: str
    nodes: int
    seconds: float
    refused: tuple[str, ...] = ()


def lifted(family: str, size: int, seed: int = 0) -> dict[str, Any]:
    """A `weft/1` document of `size` nodes: a trigger, and an effect per node of the order."""
    chance = random.Random(f"{family}/{size}/{seed}")  # noqa: S311 - repeatable, not secret
    timed = skewed(chance, FAMILIES[family](chance, size - 1))
    nodes = [Drawn(_KINDS[timed.seconds[name]]) for name in timed.order.nodes]
    drawing = Drawing([*nodes, Drawn("trigger")])
    for target, before in enumerate(covers(timed.order)):
        drawing.lines += [Line(source, 0, target) for source in before or (size - 1,)]
    return document(drawing, "lifted")


def compile_times(
    sizes: Sequence[int] = SIZES, times: int = 3, options: Options = OPTIMAL
) -> Iterator[Compiled]:
    """Every family in every size; the largest sizes once."""
    for family in FAMILIES:
        for size in sizes:
            graph = lifted(family, size)
            repeats = times if size <= SIZES[0] else 1
            try:
                taken = median(_once(graph, options) for _ in range(repeats))
            except CompileError as error:
                severe = {d.code for d in error.diagnostics if d.severity is Severity.ERROR}
                yield Compiled(family, size, 0.0, tuple(sorted(severe)))
            else:
                yield Compiled(family, size, taken)


def _once(graph: dict[str, Any], options: Options) -> float:
    began = process_time()
    compile_workflow(graph, BenchCatalogue(), options=options)
    return process_time() - began
