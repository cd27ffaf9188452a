"""What a future costs, and how many seconds that is worth."""

from collections.abc import Sequence
from typing import Final

from weft.compiler.cost.prices import Prices
from weft.compiler.schedule.deparallelise import TOLERANCE
from weft.compiler.schedule.tree import Future

# On either way of the race: who comes first decides which four or three states are entered.
_MOST_STATES, _WRITES, _READS = 4, 3, 1
RUNS: Final = 1000


def usd_of_future(prices: Prices) -> float:
    """The price of a future in one run, at most."""
    return (
        _MOST_STATES * prices.standard_transition
        + _WRITES * prices.dynamodb_write
        + _READS * prices.dynamodb_read
    )


def told(futures: Sequence[Future], prices: Prices) -> list[dict[str, object]]:
    """For the manifest: `[{"from", "to", "carries", "saves_seconds", "usd_per_1000_runs"}]`, the
    price the highest that one future can have."""
    usd = RUNS * usd_of_future(prices)
    return [
        {
            "from": future.source,
            "to": future.target,
            "carries": list(future.carries),
            "saves_seconds": float(f"{future.gain:.4g}"),
            "usd_per_1000_runs": float(f"{usd:.4g}"),
        }
        for future in futures
    ]


def worth_seconds(prices: Prices) -> float:
    """The seconds that a future must save: what a Parallel state must save for its transition."""
    return TOLERANCE * usd_of_future(prices) / prices.standard_transition
