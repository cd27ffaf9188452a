"""Takes secrets out of what a step logs and of the errors it ends with."""

import base64
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

REDACTED = "[REDACTED]"
# Shorter values would blot out ordinary words; a secret this short keeps nothing safe anyway.
MIN_LENGTH = 4

# SE-02: names that announce a secret, and bearer or basic tokens.
_NAMED = re.compile(
    r"(?i)(\b[\w-]*(?:api[_-]?key|passwd|password|secret|access[_-]?token|auth[_-]?token)"
    r"[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&}\]]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_SECRET_NAME = re.compile(
    r"(?i)(api[_-]?key|passwd|password|secret|access[_-]?token|auth[_-]?token|authorization)$"
)


class Scrubber:
    """Knows every secret value that was opened during this step, in its usual spellings."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, values: Iterable[str]) -> None:
        """Remember values; pairs of them may travel as basic authentication."""
        plain = [value for value in values if len(value) >= MIN_LENGTH]
        for value in plain:
            self._values |= {value, quote(value, safe=""), quote_plus(value), _base64(value)}
            self._values.add(value.encode("unicode_escape").decode("ascii"))
        for user in plain:
            self._values |= {_base64(f"{user}:{word}") for word in ("", *plain)}
        spellings = sorted(self._values, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, spellings))) if spellings else None

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._pattern is not None:
            text = self._pattern.sub(REDACTED, text)
        text = _BEARER.sub(lambda m: f"{m[1]} {REDACTED}", text)
        return _NAMED.sub(lambda m: m[1] + REDACTED, text)

    def known(self, value: Any) -> Any:
        """JSON without the secrets that were opened, and otherwise as it is."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self._pattern.sub(REDACTED, value)
        if isinstance(value, dict):
            return {self.known(key): self.known(held) for key, held in value.items()}
        if isinstance(value, list | tuple):
            return [self.known(item) for item in value]
        return value

    def value(self, value: Any) -> Any:
        """JSON without secrets: in its texts, and under names that announce one."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {
                self.text(str(key)): self._member(str(key), held) for key, held in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def _member(self, name: str, value: Any) -> Any:
        if _SECRET_NAME.search(name) and isinstance(value, str | int | float):
            return REDACTED
        return self.value(value)


def _base64(text: str) -> str:
    # Without the padding, which another value may follow.
    return base64.b64encode(text.encode()).decode("ascii").rstrip("=")
