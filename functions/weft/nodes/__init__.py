"""The node types: one file each, by category."""
