"""The figures as a table to read."""

from collections.abc import Callable, Sequence

from weft.bench.figures import Figures

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


def table(found: Sequence[Figures]) -> str:
    """One column per way, then what was not accepted and why."""
    cells = [["", *(one.way for one in found)]]
    cells += [[title, *(show(one) for one in found)] for title, show in _ROWS]
    widths = [max(len(row[k]) for row in cells) for k in range(len(found) + 1)]
    lines = [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in cells
    ]
    for one in found:
        lines += [f"{one.way}: {count} × {code}" for code, count in one.refused.items()]
        lines += [f"{one.way}: {text}" for text in one.mismatched]
    return "\n".join(lines)
