"""The checks: one rule per module; together they turn a document into a checked graph."""
