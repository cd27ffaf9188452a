"""Node types that start runs."""
