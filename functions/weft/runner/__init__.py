"""Runs one step of any node type: in a Lambda function, or in a worker process."""
