"""Limits of Step Functions. Source: AWS, Step Functions service quotas, and the API model."""

MAX_NAME = 80  # characters of a state, machine, execution or variable name
MAX_DEFINITION = 1_048_576  # characters of a definition
MAX_PAYLOAD = 262_144  # bytes of an input, output or result, UTF-8
EXPRESS_SECONDS = 300  # that an Express execution may take
MAX_WAIT_SECONDS = 99_999_999  # of a Wait, a TimeoutSeconds, a HeartbeatSeconds
