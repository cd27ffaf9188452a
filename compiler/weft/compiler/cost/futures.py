"""What a future costs, and how many seconds that is worth."""

from typing import Final

from weft.compiler.cost.prices import Prices
from weft.compiler.schedule.deparallelise import TOLERANCE

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


def worth_seconds(prices: Prices) -> float:
    """The seconds that a future must save: what a Parallel state must save for its transition."""
    return TOLERANCE * usd_of_future(prices) / prices.standard_transition
