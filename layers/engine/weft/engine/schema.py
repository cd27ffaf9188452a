"""The tables of the journal, and what brings the file of an older format to them."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS machines (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, definition BLOB NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1, published INTEGER NOT NULL DEFAULT 0,
  created REAL NOT NULL DEFAULT 0, updated REAL NOT NULL DEFAULT 0,
  about BLOB NOT NULL DEFAULT 'null') WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revisions (
  machine TEXT NOT NULL, revision INTEGER NOT NULL, kind TEXT NOT NULL, definition BLOB NOT NULL,
  updated REAL NOT NULL, about BLOB NOT NULL, PRIMARY KEY (machine, revision)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (
  machine TEXT NOT NULL, number INTEGER NOT NULL, revision INTEGER NOT NULL,
  description TEXT NOT NULL, created REAL NOT NULL, PRIMARY KEY (machine, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aliases (
  machine TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, routes BLOB NOT NULL,
  created REAL NOT NULL, updated REAL NOT NULL, PRIMARY KEY (machine, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (
  resource TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (resource, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS executions (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, machine TEXT NOT NULL, name TEXT NOT NULL,
  digest BLOB NOT NULL, status TEXT NOT NULL, started REAL NOT NULL, stopped REAL,
  error TEXT, cause TEXT, stopping BLOB, revision INTEGER NOT NULL DEFAULT 1, version INTEGER,
  alias TEXT, redrives INTEGER NOT NULL DEFAULT 0, redriven REAL);
CREATE INDEX IF NOT EXISTS open_executions ON executions (seq) WHERE status = 'RUNNING';
CREATE TABLE IF NOT EXISTS frames (
  execution INTEGER NOT NULL, frame INTEGER NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY (execution, frame)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unfinished (
  execution INTEGER PRIMARY KEY, stopped REAL NOT NULL, frames BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
  token TEXT PRIMARY KEY, execution INTEGER NOT NULL, outcome BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_of ON answers (execution);
CREATE TABLE IF NOT EXISTS events (
  execution INTEGER NOT NULL, last INTEGER NOT NULL, batch BLOB NOT NULL,
  turn INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (execution, last)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
  execution INTEGER NOT NULL, key TEXT NOT NULL, item BLOB NOT NULL,
  PRIMARY KEY (execution, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS activities (
  id TEXT PRIMARY KEY, created REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS openings (times INTEGER NOT NULL);
"""
VERSION = 3
# From one format to the next. The first knew no order between executions, the second no
# revisions, versions and redrives.
MIGRATIONS = {
    1: "ALTER TABLE events ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;",
    2: """
ALTER TABLE machines ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE machines ADD COLUMN published INTEGER NOT NULL DEFAULT 0;
ALTER TABLE machines ADD COLUMN created REAL NOT NULL DEFAULT 0;
ALTER TABLE machines ADD COLUMN updated REAL NOT NULL DEFAULT 0;
ALTER TABLE machines ADD COLUMN about BLOB NOT NULL DEFAULT 'null';
ALTER TABLE executions ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE executions ADD COLUMN version INTEGER;
ALTER TABLE executions ADD COLUMN alias TEXT;
ALTER TABLE executions ADD COLUMN redrives INTEGER NOT NULL DEFAULT 0;
ALTER TABLE executions ADD COLUMN redriven REAL;
""",
}
