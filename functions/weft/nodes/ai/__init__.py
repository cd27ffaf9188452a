"""Node types that talk to language models."""
