"""Checks the members of a request before an operation sees them. Unknown ones are ignored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from weft.stepfunctions.refusals import Refused, invalid

Request: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """What a member must be: its Python type, its length or value, one of some words."""

    type: type
    least: int = 0
    most: int | None = None
    words: tuple[str, ...] = ()
    required: bool = False


def text(least: int = 0, most: int | None = None, *, required: bool = False) -> Member:
    """A text of some length."""
    return Member(str, least, most, required=required)


def word(*words: str) -> Member:
    """One of some words."""
    return Member(str, words=words)


ARN: Final = text(1, 256, required=True)
LONG_ARN: Final = text(1, 2_000, required=True)
JSON_TEXT: Final = text(0, 262_144)
DEFINITION: Final = text(1, 1_048_576, required=True)
PAGE: Final[Mapping[str, Member]] = {
    "maxResults": Member(int, 0, 1_000),
    "nextToken": text(1, 3_096),
}
INCLUDED: Final = word("ALL_DATA", "METADATA_ONLY")
PERCENTAGE: Final = Member(float, 0, 100)
FLAG: Final = Member(bool)
THING: Final = Member(dict)
LIST: Final = Member(list)

_JSON_NAMES: Final = {str: "a String", int: "an Integer", float: "a Number", bool: "a Boolean",
                      dict: "an Object", list: "an Array"}  # fmt: skip


def tags_of(listed: Any) -> dict[str, str]:
    """The tags of a request, by key. Raises Refused for what is no list of pairs of texts."""
    found = {}
    for tag in listed or []:
        if not isinstance(tag, dict):
            raise invalid("a tag is an object with 'key' and 'value'")
        check(tag, {"key": text(1, 128, required=True), "value": text(0, 256)})
        found[tag["key"]] = tag.get("value") or ""
    return found


def check(request: Request, members: Mapping[str, Member]) -> None:
    """Raise Refused for a member that is missing or not what it must be."""
    wrong = []
    for name, member in members.items():
        value = request.get(name)
        if value is None:
            if member.required:
                wrong.append(f"Value null at '{name}' failed to satisfy constraint: Member must "
                             "not be null")  # fmt: skip
            continue
        fits = isinstance(value, (int, float) if member.type is float else member.type)
        if not fits or (member.type in (int, float) and isinstance(value, bool)):
            raise Refused("SerializationException", f"'{name}' must be {_JSON_NAMES[member.type]}")
        problem = _problem(value, member)
        if problem:
            shown = str(value)[:100]
            wrong.append(f"Value '{shown}' at '{name}' failed to satisfy constraint: {problem}")
    if wrong:
        count = f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected"
        raise invalid(f"{count}: {'; '.join(wrong)}")


def _problem(value: Any, member: Member) -> str | None:
    if member.words and value not in member.words:
        return f"Member must satisfy enum value set: [{', '.join(member.words)}]"
    size = len(value) if isinstance(value, str | list) else value
    what = "have length" if isinstance(value, str | list) else "have value"
    if not isinstance(size, int | float) or isinstance(value, bool):
        return None
    if size < member.least:
        return f"Member must {what} greater than or equal to {member.least}"
    if member.most is not None and size > member.most:
        return f"Member must {what} less than or equal to {member.most}"
    return None
