"""The tables, as migrations in order. One that has been released is never edited.

Tenant first in every key (rule 6). JSON columns hold what nobody searches by (DM-05); steps,
events and log lines live apart from runs (DM-02), a row for all that became known at a time.
"""

from typing import Final

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE tenants (
        tenant_id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE users (
        tenant_id TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL,
        role TEXT NOT NULL, created_at INTEGER NOT NULL,
        PRIMARY KEY (tenant_id, user_id)
    ) STRICT;
    CREATE TABLE api_keys (
        tenant_id TEXT NOT NULL, key_id TEXT NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (tenant_id, key_id)
    ) STRICT;
    CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (hash);
    CREATE TABLE sessions (
        tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, user_id TEXT NOT NULL,
        refresh_hash TEXT NOT NULL, previous_hash TEXT, created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL, lifetime_ms INTEGER NOT NULL, revoked_at INTEGER,
        PRIMARY KEY (tenant_id, session_id)
    ) STRICT;
    CREATE UNIQUE INDEX sessions_by_hash ON sessions (refresh_hash);
    CREATE INDEX sessions_by_previous ON sessions (previous_hash);
    CREATE TABLE sign_in_links (
        hash TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, user_id TEXT NOT NULL,
        created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER
    ) STRICT;

    CREATE TABLE workflows (
        tenant_id TEXT NOT NULL, workflow_id TEXT NOT NULL, name TEXT NOT NULL,
        description TEXT NOT NULL, graph BLOB NOT NULL, revision INTEGER NOT NULL,
        published_version INTEGER, active INTEGER NOT NULL, archived INTEGER NOT NULL,
        created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, created_by TEXT NOT NULL,
        PRIMARY KEY (tenant_id, workflow_id)
    ) STRICT;
    CREATE INDEX workflows_by_update ON workflows (tenant_id, archived, updated_at, workflow_id);
    CREATE TABLE versions (
        tenant_id TEXT NOT NULL, workflow_id TEXT NOT NULL, version INTEGER NOT NULL,
        revision INTEGER NOT NULL, graph BLOB NOT NULL, definition BLOB NOT NULL,
        source_map BLOB NOT NULL, manifest BLOB NOT NULL, hash TEXT NOT NULL,
        machine_id TEXT NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL,
        change_message TEXT NOT NULL,
        PRIMARY KEY (tenant_id, workflow_id, version)
    ) STRICT;
    CREATE TABLE triggers (
        tenant_id TEXT NOT NULL, workflow_id TEXT NOT NULL, node_id TEXT NOT NULL,
        version INTEGER NOT NULL, type TEXT NOT NULL, path TEXT NOT NULL, config BLOB NOT NULL,
        PRIMARY KEY (tenant_id, workflow_id, node_id)
    ) STRICT;
    CREATE INDEX triggers_by_workflow ON triggers (workflow_id);
    CREATE INDEX triggers_by_type ON triggers (type);

    CREATE TABLE runs (
        tenant_id TEXT NOT NULL, run_id TEXT NOT NULL, workflow_id TEXT NOT NULL,
        version INTEGER NOT NULL, status TEXT NOT NULL, triggered_by TEXT NOT NULL,
        created_at INTEGER NOT NULL, trigger BLOB NOT NULL, progress BLOB NOT NULL,
        execution_id TEXT, cancel_reason TEXT,
        PRIMARY KEY (tenant_id, run_id)
    ) STRICT;
    CREATE UNIQUE INDEX runs_by_id ON runs (run_id);
    CREATE INDEX runs_by_time ON runs (tenant_id, created_at, run_id);
    CREATE INDEX runs_by_workflow ON runs (tenant_id, workflow_id, created_at, run_id);
    CREATE INDEX runs_open ON runs (tenant_id, workflow_id, status)
        WHERE status IN ('pending', 'running', 'waiting', 'paused');
    CREATE TABLE steps (
        tenant_id TEXT NOT NULL, run_id TEXT NOT NULL, node_id TEXT NOT NULL, path TEXT NOT NULL,
        position INTEGER NOT NULL, status TEXT NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (tenant_id, run_id, node_id, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE run_events (
        tenant_id TEXT NOT NULL, run_id TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL,
        time INTEGER NOT NULL, node_id TEXT, path TEXT NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (tenant_id, run_id, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE log_lines (
        tenant_id TEXT NOT NULL, run_id TEXT NOT NULL, seq INTEGER NOT NULL,
        node_id TEXT NOT NULL, path TEXT NOT NULL, level TEXT NOT NULL, message TEXT NOT NULL,
        time INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (tenant_id, run_id, seq)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE approvals (
        tenant_id TEXT NOT NULL, approval_id TEXT NOT NULL, run_id TEXT NOT NULL,
        status TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
        body BLOB NOT NULL,
        PRIMARY KEY (tenant_id, approval_id)
    ) STRICT;
    CREATE INDEX approvals_by_time ON approvals (tenant_id, status, created_at, approval_id);
    CREATE INDEX approvals_by_run ON approvals (tenant_id, run_id);
    CREATE INDEX approvals_open ON approvals (status, expires_at)
        WHERE status IN ('pending', 'decided');

    CREATE TABLE credentials (
        tenant_id TEXT NOT NULL, credential_id TEXT NOT NULL, name TEXT NOT NULL,
        type TEXT NOT NULL, allowed_hosts BLOB NOT NULL, created_at INTEGER NOT NULL,
        created_by TEXT NOT NULL, last_used_at INTEGER, sealed BLOB NOT NULL,
        PRIMARY KEY (tenant_id, credential_id),
        UNIQUE (tenant_id, name)
    ) STRICT;
    """,
    "ALTER TABLE versions ADD COLUMN children BLOB NOT NULL DEFAULT X'7B7D';",
    """
    CREATE TABLE run_progress (
        tenant_id TEXT NOT NULL, run_id TEXT NOT NULL, last_seq INTEGER NOT NULL,
        steps BLOB NOT NULL, logs BLOB NOT NULL, events BLOB NOT NULL
    ) STRICT;
    CREATE INDEX run_progress_by_run ON run_progress (tenant_id, run_id, last_seq);
    INSERT INTO run_progress
        SELECT tenant_id, run_id, 0, CAST(json_group_array(json_array(
            node_id, path, position, status,
            json(iif(json_valid(CAST(body AS TEXT)), CAST(body AS TEXT), 'null'))
        )) AS BLOB), X'', X''
        FROM steps GROUP BY tenant_id, run_id;
    INSERT INTO run_progress
        SELECT tenant_id, run_id, max(seq), X'', X'', CAST(json_group_array(json_array(
            seq, type, time, node_id, path,
            json(iif(json_valid(CAST(data AS TEXT)), CAST(data AS TEXT), 'null'))
        )) AS BLOB)
        FROM (SELECT * FROM run_events ORDER BY tenant_id, run_id, seq) GROUP BY tenant_id, run_id;
    INSERT INTO run_progress
        SELECT tenant_id, run_id, max(seq), X'', CAST(json_group_array(json_array(
            seq, node_id, path, level, message, time,
            json(iif(json_valid(CAST(data AS TEXT)), CAST(data AS TEXT), 'null'))
        )) AS BLOB), X''
        FROM (SELECT * FROM log_lines ORDER BY tenant_id, run_id, seq) GROUP BY tenant_id, run_id;
    DROP TABLE steps;
    DROP TABLE run_events;
    DROP TABLE log_lines;
    """,
)
