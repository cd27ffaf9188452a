"""Runs steps of any node type, one or several in turn: in a Lambda, or in a worker process."""
