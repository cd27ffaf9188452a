"""Node types that reshape data."""
