"""Prices of a Region on a day, from the data beside this module."""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Prices:
    """In `currency`, each for one of what its name says. Free allowances are left out."""

    region: str
    date: str
    currency: str
    standard_transition: float
    express_request: float
    express_gb_second: float
    lambda_request: float
    lambda_gb_second: float


@cache
def known_prices() -> Prices:
    """The prices that come with the compiler."""
    held: dict[str, Any] = orjson.loads(Path(__file__).with_name("prices.json").read_bytes())
    return Prices(**{field.name: held[field.name] for field in fields(Prices)})
