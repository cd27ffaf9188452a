"""Claims of a run, kept in memory."""

from typing import Any

from weft.domain.claim import NO_CLAIM


class Claims:
    """What was kept, by the text of its claim."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def keep(self, value: Any) -> str:
        text = f"claim{len(self.kept)}.{len(str(value))}.seal"
        self.kept[text] = value
        return text

    def fetch(self, text: str) -> Any:
        return self.kept.get(text, NO_CLAIM)
