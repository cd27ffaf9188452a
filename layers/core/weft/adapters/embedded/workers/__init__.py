"""Runs steps in worker processes, so that no step can hurt the server."""
