"""Span ÷ ideal of a run, on a graph whose ideal is worked out by hand."""

import pytest

from weft.bench.campaign import measure_all
from weft.bench.corpus import Sample
from weft.bench.drawing import Drawing, Drawn, Line, document
from weft.bench.runs import Trial
from weft.bench.ways import WAYS

SECONDS = {"code": 1.0, "llm": 8.0}


IDEAL = 9.0


def _crossed() -> Sample:
    """Two firsts and two lasts, one last behind both firsts: no series-parallel order."""
    nodes = [Drawn(kind) for kind in ("code", "llm", "llm", "code", "trigger")]
    lines = [Line(4, 0, 0), Line(4, 0, 1), Line(0, 0, 2), Line(0, 0, 3), Line(1, 0, 3)]
    return Sample("crossed", document(Drawing(nodes, lines), "crossed"))


@pytest.mark.parametrize(
    ("way", "span"), [("sequence", 18.0), ("naive-layers", 16.0), ("durable", 10.0)]
)
def test_a_crossed_order_takes_as_long_as_its_structure_says(way: str, span: float) -> None:
    (found,) = measure_all([_crossed()], Trial(WAYS[way], SECONDS, runs=1, draws=3))
    (run,) = found.counted
    assert run.known == pytest.approx(span / IDEAL)
    assert len(run.uncertain) == 3
    assert min(run.uncertain) >= 1.0
