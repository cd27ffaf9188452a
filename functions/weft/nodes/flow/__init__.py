"""Node types that decide, wait, repeat and join."""
