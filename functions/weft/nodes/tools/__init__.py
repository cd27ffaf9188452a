"""Node types that run tools and code."""
