"""ItemReader: a distributed Map's items from an object store, as JSON, JSONL or CSV.

The engine has no store: the call goes to the handler of the service call's name (`s3:getObject`,
`s3:listObjectsV2`), which gives the response of the API; `Body` is text or bytes.
"""

import csv
import io
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue, from_json
from weft.engine.resources.base import BadArguments
from weft.engine.resources.registry import find_store_call
from weft.engine.run import Scope

if TYPE_CHECKING:
    from weft.engine.parts import StateParts

READER_FAILED: Final = "States.ItemReaderFailed"
MAX_ITEMS: Final = 100_000_000  # Step Functions: of one Map Run
DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_CONFIG: Final = "ItemReader/ReaderConfig"


class ItemReader:
    """What to ask for, and how to read the answer."""

    def __init__(self, parts: "StateParts") -> None:
        found = find_store_call(parts.source["ItemReader"]["Resource"])
        assert found is not None, "the definition is checked before it is compiled"
        self._resource = found
        self._arguments = parts.template("Arguments", "ItemReader")
        self._max_items = parts.typed("MaxItems", "integer", _CONFIG)
        self._config: dict[str, Any] = parts.holder(_CONFIG)
        self._error = parts.field_error
        self._within = parts.items_of_document()

    def call(self, scope: Scope) -> dict[str, JsonValue]:
        """The call to make, as it is journalled. Raises StateFailure."""
        try:
            return self._resource.prepare(self._arguments, scope, scope.input).journalled()
        except BadArguments as error:
            raise StateFailure(self._error, str(error), "ItemReader") from error

    def items(
        self,
        scope: Scope,
        result: JsonValue,
        failure: StateFailure | None,
        known: list[JsonValue],
    ) -> list[JsonValue]:
        """Those of earlier pages, and the items in the answer.

        Raises StateFailure when the call failed or its answer cannot be read.
        """
        if failure is not None:
            raise StateFailure(READER_FAILED, failure.cause, inner=True)
        most = self._most(scope)
        if self._resource.action == "listObjectsV2":
            return [*known, *result.get("Contents", [])][:most]
        body = result.get("Body", "") if isinstance(result, dict) else ""
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
        text = text.removeprefix("\ufeff")
        try:
            found = READERS[self._config.get("InputType", "JSON")](self, text, scope)
            return list(islice(found, most))
        except (ValueError, RecursionError, csv.Error) as error:
            raise StateFailure(READER_FAILED, f"The object cannot be read: {error}") from error

    def following(
        self, call: dict[str, Any], result: JsonValue, read: int, scope: Scope
    ) -> dict[str, JsonValue] | None:
        """The call for the next page of a listing of which `read` objects are known."""
        token = result.get("NextContinuationToken") if isinstance(result, dict) else None
        if self._resource.action != "listObjectsV2" or not token or read >= self._most(scope):
            return None
        return {**call, "p": {**call["p"], "ContinuationToken": token}}

    def _most(self, scope: Scope) -> int:
        most = 0 if self._max_items is None else self._max_items.evaluate(scope)
        if most < 0:
            raise StateFailure(self._error, "MaxItems cannot be negative.", f"{_CONFIG}/MaxItems")
        return most or MAX_ITEMS

    def _json(self, text: str, scope: Scope) -> Any:
        document = from_json(text)
        if self._within is not None:
            document = self._within(document, scope)
        if isinstance(document, dict):
            return [{"Key": name, "Value": value} for name, value in document.items()]
        if not isinstance(document, list):
            raise StateFailure(READER_FAILED, "Attempting to map over non-iterable node.")
        return document

    def _jsonl(self, text: str, scope: Scope) -> Any:
        return (from_json(line) for line in text.splitlines() if line.strip())

    def _csv(self, text: str, scope: Scope) -> Any:
        sign = DELIMITERS[self._config.get("CSVDelimiter", "COMMA")]
        rows = (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign) if row)
        if self._config.get("CSVHeaderLocation") == "GIVEN":
            names = self._config["CSVHeaders"]
        else:
            names = next(rows, [])
        return ({**dict.fromkeys(names, ""), **dict(zip(names, row, strict=False))} for row in rows)


READERS: Final[dict[str, Callable[[ItemReader, str, Scope], Any]]] = {
    "JSON": ItemReader._json,
    "JSONL": ItemReader._jsonl,
    "CSV": ItemReader._csv,
}
