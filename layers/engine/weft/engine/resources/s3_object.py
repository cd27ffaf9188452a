"""`aws-sdk:s3:getObject`, `putObject`, `listObjectsV2`: calls that go to the host's object store.

The engine has no store: each goes to the handler of the name `s3:<action>`, which takes the
arguments of the API and gives its response.
"""

from dataclasses import dataclass
from typing import Any, Final

from weft.engine.json import JsonValue
from weft.engine.resources.base import BadArguments, Call, Resource
from weft.engine.scope import Scope
from weft.engine.template import Template

REQUIRED: Final = {
    "getObject": ("Bucket", "Key"),
    "putObject": ("Bucket", "Key"),
    "listObjectsV2": ("Bucket",),
}


@dataclass(frozen=True, slots=True)
class S3Object(Resource):
    """One call of the object store."""

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """The arguments, which name a bucket and, but for a listing, a key."""
        value = default if arguments is None else arguments.evaluate(scope)
        needed = REQUIRED[self.action]
        if not isinstance(value, dict) or not all(isinstance(value.get(n), str) for n in needed):
            names = "' and '".join(needed)
            raise BadArguments(f"The arguments of s3:{self.action} must hold '{names}' as strings.")
        return Call(f"s3:{self.action}", value)

    def check(self, source: dict[str, Any]) -> list[str]:
        """What every call needs is there."""
        arguments = source.get("Arguments")
        if not isinstance(arguments, dict):
            return []
        return [f"'{n}' is required in 'Arguments'" for n in REQUIRED[self.action]
                if n not in arguments]  # fmt: skip
