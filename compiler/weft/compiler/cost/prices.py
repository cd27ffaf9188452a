"""What AWS asks for what a run uses; data with a date and a Region, in `prices.json`.

Sources: the public price pages of Step Functions, Lambda (arm64, first tier of use) and DynamoDB
(on demand, per request unit: 1 KB written, or 4 KB read at once). Free tiers and discounts are
left out.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import orjson

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Prices:
    """In US dollars: per transition, per request, per GB-second; memory in GB."""

    region: str
    as_of: str
    standard_transition: float
    express_request: float
    express_gb_second: float
    express_memory_gb: float
    dynamodb_write: float
    dynamodb_read: float
    lambda_request: float
    lambda_gb_second: float
    lambda_memory_gb: float


@cache
def prices(region: str = DEFAULT_REGION) -> Prices:
    """The prices of a Region. Raises KeyError for one that is not listed."""
    data = orjson.loads(files("weft.compiler.cost").joinpath("prices.json").read_bytes())
    return Prices(region, data["as_of"], **data["regions"][region])


def known_regions() -> tuple[str, ...]:
    """The Regions that are listed."""
    data = orjson.loads(files("weft.compiler.cost").joinpath("prices.json").read_bytes())
    return tuple(data["regions"])
