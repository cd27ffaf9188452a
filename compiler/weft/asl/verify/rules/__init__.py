"""One rule per module: each reads a machine and yields findings."""
