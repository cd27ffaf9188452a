"""Runs steps of any node type, one or several in turn: in a Lambda function, or in a worker process."""
