"""The ports in one process: SQLite, the embedded engine, a key file."""
