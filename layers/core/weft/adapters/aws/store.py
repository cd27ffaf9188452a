"""All durable data in one DynamoDB table, and what is too large for it in a bucket."""

from contextlib import AbstractContextManager

from weft.adapters.aws.approvals import DynamoApprovals
from weft.adapters.aws.blobs import Blobs
from weft.adapters.aws.bodies import Bodies
from weft.adapters.aws.credentials import DynamoCredentials
from weft.adapters.aws.directory import DynamoDirectory
from weft.adapters.aws.place import Place
from weft.adapters.aws.row import connection_to, row_of
from weft.adapters.aws.runs import DynamoRuns
from weft.adapters.aws.table import Table
from weft.adapters.aws.unit import Items
from weft.adapters.aws.workflows import DynamoWorkflows


class DynamoStore:
    """See `weft.ports.store`."""

    def __init__(self, place: Place, table: str, blobs: Blobs) -> None:
        items = Items(row_of(place, table), connection_to(place), Bodies(blobs))
        self._table = Table(items)
        self.workflows = DynamoWorkflows(self._table)
        self.runs = DynamoRuns(self._table)
        self.approvals = DynamoApprovals(self._table)
        self.credentials = DynamoCredentials(self._table)
        self.directory = DynamoDirectory(self._table)

    def transaction(self) -> AbstractContextManager[None]:
        return self._table.transaction()
