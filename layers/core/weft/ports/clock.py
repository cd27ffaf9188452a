"""What time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Real time, or a test's."""

    def now(self) -> datetime:
        """With a time zone: UTC."""
        ...
