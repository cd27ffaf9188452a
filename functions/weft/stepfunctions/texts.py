"""JSON that requests hold as texts."""

from weft.engine.json import JsonValue, from_json
from weft.stepfunctions.refusals import Refused


def read_json(text: str, code: str, words: str) -> JsonValue:
    """The value of a JSON text. Raises Refused with the code and words of the operation."""
    try:
        return from_json(text)
    except ValueError as error:
        raise Refused(code, f"{words}: '{error}'") from error
