"""What a webhook call carries, by its content type and by nothing else (rule 12)."""

from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException

from weft.domain.errors import Invalid
from weft.operations.strict_json import parse_json

_MAX_FIELDS = 1_000
_FORM = "application/x-www-form-urlencoded"
_TEXTS = frozenset({"", "application/xml"})


def read_body(raw: bytes, content_type: str) -> Any:
    """JSON as it is, a form as an object (a name that repeats becomes a list), text as text.

    None without a body. Raises `Invalid` for a body that is not what its type says, and the
    framework's 415 for a type that is none of these.
    """
    if not raw:
        return None
    media = content_type.partition(";")[0].strip().lower()
    if media == "application/json" or media.endswith("+json"):
        return parse_json(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid("the body is not text in UTF-8") from error
    if media == _FORM:
        return _form(text)
    if media.startswith("text/") or media in _TEXTS:
        return text
    raise HTTPException(415, "send JSON, a URL-encoded form, or text")


def _form(text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise Invalid("the body is not a URL-encoded form in UTF-8") from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        known = fields.get(name)
        if name not in fields:
            fields[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            fields[name] = [known, value]
    return fields
