"""A definition as text: keys in the order they were built, two spaces, a newline at the end."""

import orjson


def printed(definition: object) -> str:
    """The text; non-ASCII stays as it is, because one JSONata port mangles escaped surrogates."""
    return orjson.dumps(definition, option=orjson.OPT_INDENT_2).decode() + "\n"


def compact(definition: object) -> str:
    """The text as a host is sent it, without white space; limits count these characters."""
    return orjson.dumps(definition).decode()
