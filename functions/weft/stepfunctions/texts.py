"""JSON that requests and answers hold as texts."""

import json

from weft.engine.json import JsonValue, from_json, to_json
from weft.stepfunctions.refusals import Refused


def read_json(text: str, code: str, words: str) -> JsonValue:
    """The value of a JSON text. Raises Refused with the code and words of the operation."""
    try:
        return from_json(text)
    except ValueError as error:
        raise Refused(code, f"{words}: '{error}'") from error


def text_of(value: JsonValue) -> str:
    """The value as a JSON text, which holds no lone surrogate: those are escaped."""
    try:
        return to_json(value).decode()
    except UnicodeDecodeError:
        return json.dumps(value, separators=(",", ":"))
