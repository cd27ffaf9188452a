"""Approvals in SQLite."""

# ruff: noqa: S608 - only fixed text of this module is ever put into a statement

from collections.abc import Sequence
from dataclasses import fields

from weft.adapters.cursors import cursor_of, read_cursor
from weft.adapters.embedded.database import Database, Row
from weft.adapters.json_columns import pack, unpack
from weft.domain.approval import Approval, ApprovalStatus
from weft.domain.errors import NotFound
from weft.domain.page import Page, PageRequest

# Said in full, so that SQLite knows that the index of the open ones holds all that is wanted.
_OPEN = "status IN ('pending', 'decided')"
_NAMES = tuple(field.name for field in fields(Approval))


class SqliteApprovals:
    """See `weft.ports.approvals`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, approval: Approval) -> None:
        self._db.run(
            "INSERT INTO approvals VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                approval.tenant_id,
                approval.approval_id,
                approval.run_id,
                approval.status.value,
                approval.created_at,
                approval.expires_at,
                _body(approval),
            ),
        )

    def get(self, tenant_id: str, approval_id: str) -> Approval:
        row = self._db.row(
            "SELECT body FROM approvals WHERE tenant_id = ? AND approval_id = ?",
            (tenant_id, approval_id),
        )
        if row is None:
            raise NotFound(f"there is no approval {approval_id}")
        return _approval(row)

    def list(
        self,
        tenant_id: str,
        page: PageRequest,
        *,
        statuses: Sequence[ApprovalStatus] = (),
        run_id: str | None = None,
    ) -> Page[Approval]:
        where = ["tenant_id = ?"]
        values: list[object] = [tenant_id]
        if statuses:
            where.append(f"status IN ({', '.join('?' * len(statuses))})")
            values.extend(status.value for status in statuses)
        if run_id is not None:
            where.append("run_id = ?")
            values.append(run_id)
        if page.cursor is not None:
            where.append("(created_at, approval_id) < (?, ?)")
            values.extend(read_cursor(page.cursor))
        rows = self._db.rows(
            f"SELECT body FROM approvals WHERE {' AND '.join(where)} "
            "ORDER BY created_at DESC, approval_id DESC LIMIT ?",
            (*values, page.size + 1),
        )
        items = tuple(_approval(row) for row in rows[: page.size])
        last = items[-1] if len(rows) > page.size else None
        return Page(items, cursor_of(last.created_at, last.approval_id) if last else None)

    def change(self, approval: Approval, expected: ApprovalStatus) -> bool:
        changed = self._db.run(
            "UPDATE approvals SET status = ?, expires_at = ?, body = ? "
            "WHERE tenant_id = ? AND approval_id = ? AND status = ?",
            (
                approval.status.value,
                approval.expires_at,
                _body(approval),
                approval.tenant_id,
                approval.approval_id,
                expected.value,
            ),
        )
        return changed == 1

    def of_run(self, tenant_id: str, run_id: str) -> Sequence[Approval]:
        rows = self._db.rows(
            "SELECT body FROM approvals WHERE tenant_id = ? AND run_id = ? "
            "ORDER BY created_at, approval_id",
            (tenant_id, run_id),
        )
        return [_approval(row) for row in rows]

    def undelivered(self) -> Sequence[Approval]:
        rows = self._db.rows(
            f"SELECT body FROM approvals WHERE status = 'decided' AND {_OPEN} ORDER BY +rowid"
        )
        return [_approval(row) for row in rows]

    def expired(self, now: int) -> Sequence[Approval]:
        rows = self._db.rows(
            f"SELECT body FROM approvals WHERE status = 'pending' AND {_OPEN} AND expires_at <= ?",
            (now,),
        )
        return [_approval(row) for row in rows]


def _body(approval: Approval) -> bytes:
    return pack([getattr(approval, name) for name in _NAMES])


def _approval(row: Row) -> Approval:
    held = dict(zip(_NAMES, unpack(row[0]), strict=True))
    for name in ("approvers", "options", "fields"):
        held[name] = tuple(held[name])
    held["status"] = ApprovalStatus(held["status"])
    return Approval(**held)
