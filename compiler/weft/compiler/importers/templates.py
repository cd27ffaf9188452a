"""References in `{{…}}` follow nodes that got another id, and outputs that have another name."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

_PART = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_STRING = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\""
_PATH = r"(?P<output>\.output\b)?(?:\.(?P<word>[A-Za-z_]\w*))?"
_RESERVED = {"trigger", "input", "inputs", "run", "variables", "loop", "nodes"}

# Their node and what they call an output of it ("" for the whole) → the port here, None: no other.
PortName: TypeAlias = Callable[[str, str], str | None]


class Renamed:
    """Rewrites values that may hold `{{…}}`: `ids` theirs → ours, `names` display name → their id.

    A node is also known as `node_<id>`, and by its name where that is nobody's id.
    """

    def __init__(self, ids: Mapping[str, str], names: Mapping[str, str], port: PortName) -> None:
        self._port = port
        self._ids = ids
        prefixed = {f"node_{node}": node for node in ids}
        self._known = {**prefixed, **names, **{node: node for node in ids}}
        words = sorted(
            (re.escape(w) for w in self._known if w and w not in _RESERVED), key=len, reverse=True
        )
        node = "|".join(words) or "(?!)"
        self._named = re.compile(
            rf"(?P<text>{_STRING})|(?<![\w.\"'\]-])(?P<node>{node})(?![\w-]){_PATH}"
        )
        self._quoted = re.compile(rf"nodes\[(?P<quote>['\"])(?P<node>.+?)(?P=quote)\]{_PATH}")

    def value(self, held: Any) -> Any:
        """The value with every reference in it renamed."""
        if isinstance(held, str):
            return _PART.sub(lambda part: "{{" + self.expression(part[1]) + "}}", held)
        if isinstance(held, list):
            return [self.value(item) for item in held]
        if isinstance(held, dict):
            return {key: self.value(item) for key, item in held.items()}
        return held

    def expression(self, code: str) -> str:
        """An expression, without braces around it, with its references renamed."""
        plain = self._quoted.sub(lambda found: self._read(found) or found[0], code)
        return self._named.sub(lambda found: self._read(found) or found[0], plain)

    def _read(self, found: re.Match[str]) -> str | None:
        theirs = self._known.get(found["node"] or "")
        if theirs is None:
            return None
        word = found["word"] or ""
        port = self._port(theirs, word)
        rest = f".{word}" if word else ""
        if port is not None:
            rest = f".{port}"
        return f"{self._ids[theirs]}{found['output'] or ''}{rest}"


def without_braces(change: Callable[[str], str], code: str) -> str:
    """An expression field may stand in braces or not."""
    bare = code.strip()
    if bare.startswith("{{") and bare.endswith("}}"):
        bare = bare[2:-2]
    return change(bare).strip()
