"""What is wanted of each workload on a quiet machine with two processors: milliseconds, MiB, bytes.

At most so much, but for rates, of which at least so much.
"""

from typing import Final, NamedTuple


class Wanted(NamedTuple):
    """None: nothing particular."""

    median_ms: float | None = None
    cpu_ms: float | None = None
    runs_per_second: float | None = None


NOTHING: Final = Wanted()
WORKLOADS: Final[dict[str, Wanted]] = {
    "chain10 pure": Wanted(runs_per_second=800),
    "chain50 pure": Wanted(median_ms=2.5, cpu_ms=2.5),
    "chain50 (off)": Wanted(median_ms=12),
    "chain50 100 KB": Wanted(median_ms=8),
    "map1000 pure": Wanted(median_ms=15),
    "handlers20": Wanted(median_ms=10),
    "map200 handlers": Wanted(median_ms=70),
}
COLD_START_MS: Final = 1_000
IDLE_MIB: Final = 100
JOURNAL_BYTES: Final = 3_072  # of a run of chain10
PARKED_MIB: Final = 250  # with 10,000 runs that wait
RESUME_MS: Final = 50
