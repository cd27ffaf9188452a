"""The lines a step logs: scrubbed, plain JSON, and never so many that the answer bursts."""

from typing import Any

import orjson

from weft.domain.scrub import Scrubber

MAX_LOG_BYTES = 32_768
MAX_MESSAGE = 4_096  # characters
LEVELS = ("debug", "info", "warning", "error")


class CollectedLog:
    """Keeps the first lines up to `MAX_LOG_BYTES` and counts the rest."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._lines: list[tuple[str, str, Any]] = []

    def info(self, message: str, **data: Any) -> None:
        """What happened."""
        self.log("info", message, **data)

    def warning(self, message: str, **data: Any) -> None:
        """What somebody should look at."""
        self.log("warning", message, **data)

    def error(self, message: str, **data: Any) -> None:
        """What went wrong, though the step goes on."""
        self.log("error", message, **data)

    def log(self, level: str, message: str, **data: Any) -> None:
        """An unknown level counts as `info`."""
        held = orjson.loads(orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS))
        self._lines.append((level if level in LEVELS else "info", str(message), held))

    def lines(self, room: int = MAX_LOG_BYTES) -> list[dict[str, Any]]:
        """As JSON of at most `room` bytes. Scrubbed now, when every secret value is known."""
        kept: list[dict[str, Any]] = []
        for number, (level, message, data) in enumerate(self._lines):
            line = {
                "level": level,
                "message": self._scrubber.text(message)[:MAX_MESSAGE],
                "data": self._scrubber.value(data),
            }
            room -= len(orjson.dumps(line)) + 1
            if room < 0:
                left = f"{len(self._lines) - number} more lines were left out"
                kept.append({"level": "warning", "message": left, "data": {}})
                break
            kept.append(line)
        return kept
