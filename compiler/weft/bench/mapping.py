"""Which abstract class a node type of another product stands for, as a mapping file says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from weft.domain.errors import Invalid

FORMATS = ("n8n", "dify", "flowise")


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of one format; the first match wins. Durations in seconds."""

    rules: Mapping[str, Mapping[str, Any]]

    def of(self, node_type: str) -> str:
        """The class of a type."""
        short, lowered = node_type.rsplit(".", 1)[-1], node_type.lower()
        default = ""
        for name, rule in self.rules.items():
            if rule.get("default"):
                default = name
            if node_type in rule.get("t", ()) or short in rule.get("short", ()):
                return name
            if any(part in lowered for part in rule.get("contains", ())):
                return name
        return default

    def seconds(self) -> dict[str, float]:
        """How long a node of a class takes; 0 where the mapping says nothing."""
        return {name: float(rule.get("seconds", 0.0)) for name, rule in self.rules.items()}


def read_mapping(path: Path) -> dict[str, Classes]:
    """The classes of every format. Raises `Invalid` for a file that is no mapping."""
    try:
        data = orjson.loads(path.read_bytes())
        return {
            name: Classes({key: rule for key, rule in data[name].items() if key != "flags"})
            for name in FORMATS
        }
    except (OSError, orjson.JSONDecodeError, KeyError, AttributeError, TypeError) as error:
        raise Invalid(f"{path} is not a mapping of node types: {error!r}") from error
