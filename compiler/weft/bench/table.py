"""The figures as a table to read."""

from collections.abc import Callable, Sequence

from weft.bench.figures import Figures
from weft.bench.sizes import Compiled
from weft.bench.spans import Inflation

_ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("graphs accepted", lambda f: f"{f.accepted} of {f.graphs}"),
    ("differential runs", lambda f: f"{f.runs:,}"),
    ("mismatches", lambda f: str(len(f.mismatched))),
    ("transitions per live node", lambda f: f"{f.transitions:.3f}"),
    ("billed transitions per live node", lambda f: f"{f.billed_transitions:.3f}"),
    ("Lambda calls per live node", lambda f: f"{f.lambda_calls:.3f}"),
    ("… were every call by a runner", lambda f: f"{f.calls:.3f}"),
    ("span ÷ ideal, known durations", lambda f: f"{f.span_known:.4f}"),
    ("… uncertain durations", lambda f: f"{f.span_uncertain:.4f}"),
    ("… uncertain, 15 nodes and more", lambda f: f"{f.span_uncertain_large:.4f}"),
    ("… uncertain, worst", lambda f: f"{f.span_worst:.3f}"),
    ("$ per 1,000 runs", lambda f: f"{f.dollars:.4f}"),
    ("compile seconds per 1,000 nodes", lambda f: f"{f.compile_seconds:.2f}"),
    ("definition bytes per node", lambda f: f"{f.bytes:.0f}"),
)


_CAPTION = (
    "A percentage behind a way: so many of the calls of other services, drawn by graph, were\n"
    "taken to change nothing there, so that they may be repeated. The graphs do not tell."
)


def table(found: Sequence[Figures]) -> str:
    """One column per way, a caption, then what was not accepted and why."""
    cells = [["", *(one.title for one in found)]]
    cells += [[title, *(show(one) for one in found)] for title, show in _ROWS]
    lines = _aligned(cells)
    if any(one.repeatable is not None for one in found):
        lines.append(_CAPTION)
    for one in found:
        lines += [f"{one.title}: {count} × {code}" for code, count in one.refused.items()]
        lines += [f"{one.title}: {text}" for text in one.mismatched]
    return "\n".join(lines)


def span_table(found: Sequence[Inflation]) -> str:
    """Span ÷ ideal over the random families, durations uncertain; empty for none."""
    cells = [["span ÷ ideal", "durations", "schedule", "mean", "p95", "worst"]] if found else []
    for one in found:
        numbers = [f"{value:.4f}" for value in (one.mean, one.p95, one.worst)]
        cells.append([one.family, one.durations, one.schedule, *numbers])
    return "\n".join(_aligned(cells))


def size_table(found: Sequence[Compiled]) -> str:
    """Processor seconds that large graphs take to compile; empty for none."""
    cells = [["compile", "nodes", "seconds"]] if found else []
    for one in found:
        shown = "+".join(one.refused) or f"{one.seconds:.2f}"
        cells.append([one.family, f"{one.nodes:,}", shown])
    return "\n".join(_aligned(cells))


def _aligned(cells: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in cells
    ]
