"""Texts in the alphabets of others. None raises; what cannot be read is null."""

import binascii
from base64 import b64decode, b64encode
from urllib.parse import quote

from weft.expressions.ast import JsonValue
from weft.expressions.values import Meter


def urlencode(meter: Meter, text: JsonValue) -> JsonValue:
    if not isinstance(text, str):
        return None
    meter.charge_text(9 * len(text))
    return quote(text.encode(errors="replace"), safe="-_.~")


def base64encode(meter: Meter, text: JsonValue) -> JsonValue:
    if not isinstance(text, str):
        return None
    meter.charge_text(2 * len(text))
    return b64encode(text.encode(errors="replace")).decode()


def base64decode(meter: Meter, text: JsonValue) -> JsonValue:
    if not isinstance(text, str):
        return None
    try:
        return b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):  # not base64, or not text behind it
        return None


# Engines leave different signs as they are, so all that may be written otherwise are.
URLENCODE = (
    "function($v){$type($v)='string'?$replace($encodeUrlComponent($v),/[!\\x27()*]/,function($m)"
    "{$lookup({'!':'%21','\\u0027':'%27','(':'%28',')':'%29','*':'%2A'},$m.match)})}"
)
