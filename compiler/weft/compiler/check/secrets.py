"""A graph never carries a secret itself: it is stored, exported and shown (CF-06)."""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from weft.compiler.check.draft import Draft
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic

_FIELD = re.compile(
    r"^(x-)?(api[-_]?key|apikey|pass(word|wd)|secret|client[-_]?secret|access[-_]?token"
    r"|auth[-_]?token|bearer|(proxy-)?authorization|private[-_]?key)$",
    re.IGNORECASE,
)
# Formats that vendors document for their keys; a match is a key wherever it stands.
_VALUE = re.compile(
    r"\b(sk-(ant-|proj-)?[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|A(KIA|SIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,}|glpat-[A-Za-z0-9_-]{18,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


def check_secrets(draft: Draft) -> Iterator[Diagnostic]:
    """Look at every text of every config, and at the workflow's variables."""
    for node in draft.doc.nodes:
        for field in sorted(set(_secrets(node.config, ""))):
            yield diagnose(
                "W3013",
                f"{node.id}.{field} looks like a secret",
                node=node.id,
                port=field,
                hint="store it with `weft credentials add` and name the credential",
            )
    for field in sorted(set(_secrets(dict(draft.doc.variables), ""))):
        yield diagnose("W3013", f"the variable {field} looks like a secret")


def _secrets(value: JsonValue, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            path = f"{where}.{key}" if where else key
            if _FIELD.match(key) and isinstance(item, str) and item and "{{" not in item:
                yield path
            yield from _secrets(item, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(item, f"{where}[{index}]")
    elif isinstance(value, str) and _VALUE.search(value):
        yield where
