"""The functions Step Functions adds to JSONata, and the names it takes away."""

import hashlib
import random
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from weft.engine.json import from_json, to_json
from weft.engine.jsonata import JsonataError

# Step Functions: $range and $partition give at most 1,000 items (States.ArrayRange's limit).
MAX_RANGE = 1_000
HASHES = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


def partition(items: Any, size: Any) -> Any:
    """`$partition([1,2,3], 2)` is `[[1,2],[3]]`."""
    if not isinstance(items, list):
        items = [items]
    if isinstance(size, bool) or not isinstance(size, int | float) or size < 1:
        raise JsonataError("T0410", "Argument 2 of function $partition must be a positive number")
    step = int(size)
    return [items[i : i + step] for i in range(0, len(items), step)]


def range_(first: Any, last: Any, step: Any) -> Any:
    """`$range(0, 9, 3)` is `[0,3,6,9]`; a single item comes alone, as in any JSONata sequence."""
    for place, value in enumerate((first, last, step), start=1):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise JsonataError("T0410", f"Argument {place} of function $range must be a number")
    if step == 0:
        raise JsonataError("T0410", "Argument 3 of function $range must not be zero")
    count = int((last - first) // step) + 1
    if count > MAX_RANGE:
        raise JsonataError("D2014", f"$range gives at most {MAX_RANGE} items, not {count}")
    values = [first + i * step for i in range(max(count, 0))]
    return values[0] if len(values) == 1 else values


def hash_(data: Any, algorithm: Any = "SHA-256") -> Any:
    """The hexadecimal hash of a string, or of another value's JSON."""
    name = HASHES.get(str(algorithm))
    if name is None:
        raise JsonataError("T0410", f"$hash knows {', '.join(HASHES)}, not {algorithm}")
    raw = data.encode() if isinstance(data, str) else to_json(data)
    return hashlib.new(name, raw, usedforsecurity=False).hexdigest()


def random_(seed: Any = None) -> Any:
    """A number from 0 up to 1; the same for the same seed."""
    # Authors draw samples with it; nothing of ours relies on it being hard to guess.
    seeded = isinstance(seed, int | float | str)
    source = random.Random(seed) if seeded else random.Random()  # noqa: S311
    return source.random()


def uuid_() -> Any:
    """A random (version 4) UUID."""
    return str(uuid.uuid4())


def parse(text: Any) -> Any:
    """The value of a JSON text."""
    if not isinstance(text, str):
        raise JsonataError("T0410", "Argument 1 of function $parse must be a string")
    try:
        return from_json(text)
    except ValueError as error:
        raise JsonataError("D3121", f"$parse: {error}") from error


def no_eval(*_: Any) -> Any:
    """Step Functions has no `$eval`."""
    raise JsonataError("T1006", "Attempted to invoke a non-function")


# Built-in names cannot be replaced in every library: the source is made to call ours instead.
RENAMED = {"random": "weft_random", "eval": "weft_no_eval"}
EXTRA: Mapping[str, Callable[..., Any]] = {
    "partition": partition,
    "range": range_,
    "hash": hash_,
    "uuid": uuid_,
    "parse": parse,
    "weft_random": random_,
    "weft_no_eval": no_eval,
}
SIGNATURES = {
    "partition": "<xx:x>",
    "range": "<xxx:x>",
    "hash": "<xx?:s>",
    "uuid": "<:s>",
    "parse": "<x:x>",
    "weft_random": "<x?:n>",
    "weft_no_eval": "<x?x?:x>",
}
_NAMES = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|/\*.*?\*/)|\$(random|eval)(?=\s*\()""",
    re.DOTALL,
)


BUILT_IN = frozenset(
    """string length substring substringBefore substringAfter uppercase lowercase trim pad contains
    split join match replace eval base64encode base64decode encodeUrlComponent encodeUrl
    decodeUrlComponent decodeUrl number abs floor ceil round power sqrt random formatNumber
    formatBase formatInteger parseInteger sum max min average boolean not exists count append
    sort reverse shuffle distinct zip keys lookup spread merge sift each error assert type now
    millis fromMillis toMillis map filter single reduce clone
    partition range hash uuid parse""".split()  # noqa: SIM905 - one name a word reads better
)
_WORDS = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|/\*.*?\*/)|\$([A-Za-z]\w*)""", re.DOTALL
)


def built_ins_in(text: str) -> frozenset[str]:
    """Names of built-in functions that an expression mentions."""
    return BUILT_IN & {m.group(2) for m in _WORDS.finditer(text) if m.group(2)}


def rename_variables(text: str, names: frozenset[str]) -> str:
    """Spell some variables `$weft_v_name`, so that no built-in hides them."""

    def spelled(found: "re.Match[str]") -> str:
        name = found.group(2)
        return f"$weft_v_{name}" if name in names else found.group(0)

    return _WORDS.sub(spelled, text)


def rename(text: str) -> str:
    """Point calls of built-ins that Step Functions changed at our own functions."""
    if "$random" not in text and "$eval" not in text:
        return text
    return _NAMES.sub(lambda m: m.group(1) or "$" + RENAMED[m.group(2)], text)
