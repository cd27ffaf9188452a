"""The form of a cron expression: five fields, as crontab(5) has them."""

import re

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
# Name, lowest and highest number, and names that stand for numbers from the lowest on.
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d{1,2}))?", re.ASCII)


def check_cron(text: str) -> str:
    """The expression with single spaces. Raises `ValueError` that names the field."""
    given = text.split()
    if len(given) != len(_FIELDS):
        raise ValueError(
            f"a cron expression has 5 fields (minute, hour, day, month, weekday), not {len(given)}"
        )
    for field, (name, low, high, words) in zip(given, _FIELDS, strict=True):
        for part in field.split(","):
            if not _fits(part, low, high, words):
                raise ValueError(f"{part!r} is not a {name}: write {low} to {high}, * or */n")
    return " ".join(given)


def _fits(part: str, low: int, high: int, words: list[str]) -> bool:
    match = _PART.fullmatch(part)
    if match is None or (match[3] is not None and not 1 <= int(match[3]) <= high):
        return False
    if match[1] is None:
        return True
    bounds = [_number(word, low, words) for word in (match[1], match[2]) if word is not None]
    return all(low <= bound <= high for bound in bounds) and bounds == sorted(bounds)


def _number(word: str, low: int, words: list[str]) -> int:
    if word.lower() in words:
        return low + words.index(word.lower())
    return int(word) if word.isdigit() and len(word) <= 2 else -1
