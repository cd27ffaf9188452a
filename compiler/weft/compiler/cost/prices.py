"""List prices, as a file beside this one has them. Free tiers and volume discounts are left out."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson


@dataclass(frozen=True, slots=True)
class Prices:
    """In `currency`, in `region`, as they were in the month `date` (YYYY-MM).

    A Standard execution pays each transition, retries counted. An Express one pays its request
    and memory over time, in steps of 100 ms and 64 MB. Lambda pays requests and memory over time.
    """

    region: str
    date: str
    currency: str
    standard_transition: float
    express_request: float
    express_gb_second: float
    lambda_request: float
    lambda_gb_second: float


@cache
def prices() -> Prices:
    """The prices that are used where nobody gives others."""
    return Prices(**orjson.loads(Path(__file__).with_suffix(".json").read_bytes()))
