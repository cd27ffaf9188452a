"""What a stack costs in a month in which nothing happens, from its template.

Prices are data with a date and a Region, in `idle_prices.json`; a type that is not in it is an
error, so that nothing comes in unpriced. What is paid by use is nothing when idle: requests,
transitions, gigabytes; so is what little an idle tenant stores.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from weft.domain.errors import Bug

_METRICS = "metrics"  # priced by each metric that an alarm looks at


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a month: when new, and the most that it becomes. `by`: what else multiplies."""

    new: float
    most: float
    by: str | None = None
    optional: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """All resources of one type; `units` is how often its price is paid."""

    type: str
    units: int
    price: Price

    @property
    def new(self) -> float:
        """A month after the stack was made."""
        return self.units * self.price.new

    @property
    def most(self) -> float:
        """The most that it becomes with the years."""
        return self.units * self.price.most


@cache
def _prices() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(
        files("weft.infra").joinpath("idle_prices.json").read_text("utf-8")
    )
    return found


def charges(template: Mapping[str, Any]) -> list[Charge]:
    """By type of resource, the free ones too. Raises `Bug` for a type without a price."""
    units: dict[str, int] = {}
    for resource in template["Resources"].values():
        kind = resource["Type"]
        if kind not in _prices()["types"]:
            raise Bug(f"idle_prices.json says nothing of {kind}")
        price = Price(**_prices()["types"][kind])
        count = _metrics(resource) if price.by == _METRICS else 1
        units[kind] = units.get(kind, 0) + count
    return [Charge(kind, n, Price(**_prices()["types"][kind])) for kind, n in sorted(units.items())]


def _metrics(alarm: Mapping[str, Any]) -> int:
    of_expression = alarm["Properties"].get("Metrics", ())
    return sum("MetricStat" in part for part in of_expression) or 1


def table(template: Mapping[str, Any]) -> str:
    """Markdown, for people: what costs, and how much of it."""
    return "\n".join(_lines(charges(template))) + "\n"


def _lines(found: list[Charge]) -> Iterator[str]:
    yield f"US dollars a month, {_prices()['region']}, prices of {_prices()['as_of']}."
    yield ""
    yield "| resource | units | new | at most | why |"
    yield "|---|---|---|---|---|"
    for charge in found:
        if charge.most:
            name = f"{charge.type} (optional)" if charge.price.optional else charge.type
            cells = (name, charge.units, f"{charge.new:.2f}", f"{charge.most:.2f}")
            yield f"| {' | '.join(map(str, cells))} | {charge.price.why} |"
    free = sum(charge.units for charge in found if not charge.most)
    yield f"| everything else | {free} | 0.00 | 0.00 | paid by use |"
    new, most = sum(c.new for c in found), sum(c.most for c in found)
    yield f"| **all** | | **{new:.2f}** | **{most:.2f}** | |"
    needed = sum(charge.most for charge in found if not charge.price.optional)
    yield f"| without what is optional | | | {needed:.2f} | |"
