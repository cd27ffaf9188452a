"""Workflows, versions and trigger bindings in SQLite."""

# ruff: noqa: S608 - only fixed text of this module is ever put into a statement

from collections.abc import Sequence
from dataclasses import replace

from weft.adapters.cursors import cursor_of, read_cursor
from weft.adapters.embedded.database import Database, Row
from weft.adapters.json_columns import pack, unpack
from weft.domain.errors import Conflict, NotFound
from weft.domain.page import Page, PageRequest
from weft.domain.workflow import WEBHOOK, PublishedVersion, TriggerBinding, Workflow
from weft.ports.workflows import Standing

_COLUMNS = (
    "tenant_id, workflow_id, name, description, graph, revision, published_version, active, "
    "archived, created_at, updated_at, created_by"
)
_VERSION_COLUMNS = (
    "tenant_id, workflow_id, version, revision, graph, definition, source_map, manifest, hash, "
    "machine_id, created_at, created_by, change_message, children"
)
_TRIGGER_COLUMNS = "tenant_id, workflow_id, version, node_id, type, path, config"
_CACHED_VERSIONS = 256


class SqliteWorkflows:
    """See `weft.ports.workflows`. Versions never change, so those in use are kept in memory."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._versions: dict[tuple[str, str, int], PublishedVersion] = {}

    def add(self, workflow: Workflow) -> None:
        marks = ", ".join("?" * 12)
        self._db.run(f"INSERT INTO workflows ({_COLUMNS}) VALUES ({marks})", _row_of(workflow))

    def get(self, tenant_id: str, workflow_id: str) -> Workflow:
        row = self._db.row(
            f"SELECT {_COLUMNS} FROM workflows WHERE tenant_id = ? AND workflow_id = ?",
            (tenant_id, workflow_id),
        )
        if row is None:
            raise NotFound(f"there is no workflow {workflow_id}")
        return _workflow(row)

    def standing(self, tenant_id: str, workflow_id: str) -> Standing:
        row = self._db.row(
            "SELECT published_version, active, archived FROM workflows "
            "WHERE tenant_id = ? AND workflow_id = ?",
            (tenant_id, workflow_id),
        )
        if row is None:
            raise NotFound(f"there is no workflow {workflow_id}")
        return Standing(row[0], bool(row[1]), bool(row[2]))

    def save(self, workflow: Workflow, expected_revision: int) -> None:
        changed = self._db.run(
            "UPDATE workflows SET name = ?, description = ?, graph = ?, revision = ?, "
            "published_version = ?, active = ?, archived = ?, updated_at = ? "
            "WHERE tenant_id = ? AND workflow_id = ? AND revision = ?",
            (
                workflow.name,
                workflow.description,
                pack(workflow.graph),
                workflow.revision,
                workflow.published_version,
                workflow.active,
                workflow.archived,
                workflow.updated_at,
                workflow.tenant_id,
                workflow.workflow_id,
                expected_revision,
            ),
        )
        if not changed:
            stored = self.get(workflow.tenant_id, workflow.workflow_id)
            raise Conflict(
                f"somebody saved this workflow meanwhile: it is at revision {stored.revision}, "
                f"this change started from {expected_revision}; load it again"
            )

    def list(
        self, tenant_id: str, page: PageRequest, *, search: str = "", archived: bool = False
    ) -> Page[Workflow]:
        where = "tenant_id = ? AND archived = ?"
        values: list[object] = [tenant_id, archived]
        if search:
            where += " AND instr(lower(name), lower(?)) > 0"
            values.append(search)
        if page.cursor is not None:
            where += " AND (updated_at, workflow_id) < (?, ?)"
            values.extend(read_cursor(page.cursor))
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM workflows WHERE {where} "
            "ORDER BY updated_at DESC, workflow_id DESC LIMIT ?",
            (*values, page.size + 1),
        )
        items = tuple(_workflow(row) for row in rows[: page.size])
        more = len(rows) > page.size
        last = items[-1] if more else None
        return Page(items, cursor_of(last.updated_at, last.workflow_id) if last else None)

    def add_version(self, version: PublishedVersion) -> None:
        marks = ", ".join("?" * 14)
        self._db.run(
            f"INSERT INTO versions ({_VERSION_COLUMNS}) VALUES ({marks})",
            (
                version.tenant_id,
                version.workflow_id,
                version.version,
                version.revision,
                pack(version.graph),
                pack(version.definition),
                pack(version.source_map),
                pack(version.manifest),
                version.hash,
                version.machine_id,
                version.created_at,
                version.created_by,
                version.change_message,
                pack(version.children),
            ),
        )

    def get_version(self, tenant_id: str, workflow_id: str, version: int) -> PublishedVersion:
        key = (tenant_id, workflow_id, version)
        if key in self._versions:
            return self._versions[key]
        row = self._db.row(
            f"SELECT {_VERSION_COLUMNS} FROM versions "
            "WHERE tenant_id = ? AND workflow_id = ? AND version = ?",
            key,
        )
        if row is None:
            raise NotFound(f"workflow {workflow_id} has no version {version}")
        if len(self._versions) >= _CACHED_VERSIONS:
            self._versions.pop(next(iter(self._versions)))
        found = self._versions[key] = _version(row)
        return found

    def list_versions(self, tenant_id: str, workflow_id: str) -> Sequence[PublishedVersion]:
        rows = self._db.rows(
            f"SELECT {_VERSION_COLUMNS} FROM versions "
            "WHERE tenant_id = ? AND workflow_id = ? ORDER BY version DESC",
            (tenant_id, workflow_id),
        )
        return [_version(row) for row in rows]

    def set_triggers(
        self, tenant_id: str, workflow_id: str, bindings: Sequence[TriggerBinding]
    ) -> None:
        with self._db.transaction():
            self._db.run(
                "DELETE FROM triggers WHERE tenant_id = ? AND workflow_id = ?",
                (tenant_id, workflow_id),
            )
            for b in bindings:
                self._db.run(
                    f"INSERT INTO triggers ({_TRIGGER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        b.tenant_id,
                        b.workflow_id,
                        b.version,
                        b.node_id,
                        b.type,
                        b.path,
                        pack(b.config),
                    ),
                )

    def find_webhooks(self, workflow_id: str) -> Sequence[TriggerBinding]:
        rows = self._db.rows(
            f"SELECT {_TRIGGER_COLUMNS} FROM triggers WHERE workflow_id = ? "
            "AND type = ? ORDER BY node_id",
            (workflow_id, WEBHOOK),
        )
        return [_binding(row) for row in rows]

    def list_triggers(self, type: str) -> Sequence[TriggerBinding]:
        rows = self._db.rows(
            f"SELECT {_TRIGGER_COLUMNS} FROM triggers WHERE type = ? "
            "ORDER BY tenant_id, workflow_id, node_id",
            (type,),
        )
        return [_binding(row) for row in rows]

    def naming_credential(self, tenant_id: str, credential_id: str) -> Sequence[str]:
        rows = self._db.rows(
            "SELECT w.name, v.graph, v.manifest FROM workflows w "
            "JOIN versions v ON v.tenant_id = w.tenant_id "
            "AND v.workflow_id = w.workflow_id AND v.version = w.published_version "
            "WHERE w.tenant_id = ? AND w.active = 1 "
            "AND (instr(v.graph, CAST(? AS BLOB)) > 0 OR instr(v.manifest, CAST(? AS BLOB)) > 0) "
            "ORDER BY w.name",
            (tenant_id, credential_id, credential_id),
        )
        return [
            name
            for name, graph, manifest in rows
            if credential_id in unpack(manifest).get("credentials", {}).values()
            or any(
                node.get("config", {}).get("credential") == credential_id
                for node in unpack(graph).get("nodes", ())
            )
        ]


def _row_of(w: Workflow) -> Row:
    return (
        w.tenant_id,
        w.workflow_id,
        w.name,
        w.description,
        pack(w.graph),
        w.revision,
        w.published_version,
        w.active,
        w.archived,
        w.created_at,
        w.updated_at,
        w.created_by,
    )


def _workflow(row: Row) -> Workflow:
    made = Workflow(*row)
    return replace(
        made, graph=unpack(row[4]), active=bool(made.active), archived=bool(made.archived)
    )


def _version(row: Row) -> PublishedVersion:
    held = [unpack(text) for text in (*row[4:8], row[13])]
    made = PublishedVersion(*row[:4], *held[:4], *row[8:13])
    return replace(made, children=held[4])


def _binding(row: Row) -> TriggerBinding:
    tenant_id, workflow_id, version, node_id, type, path, config = row
    return TriggerBinding(tenant_id, workflow_id, version, node_id, type, path, unpack(config))
