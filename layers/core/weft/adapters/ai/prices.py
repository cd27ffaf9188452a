"""What tokens cost, by list prices of a stated month: an estimate, never a bill."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import orjson

# A dated snapshot (`gpt-4o-2024-08-06`) costs what its model costs.
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}\Z")


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = orjson.loads(Path(__file__).with_name("prices.json").read_bytes())
    return table


def cost_usd(model: str, input_tokens: int, output_tokens: int) -> float | None:
    """None for a model that the table does not have."""
    table = _table()
    price = table["models"].get(model) or table["models"].get(_SNAPSHOT.sub("", model))
    if price is None:
        return None
    spent = input_tokens * price["input"] + output_tokens * price["output"]
    return float(spent / table["per_tokens"])
