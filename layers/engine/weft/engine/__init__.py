"""The embedded engine: a durable Amazon States Language runtime in one process."""
