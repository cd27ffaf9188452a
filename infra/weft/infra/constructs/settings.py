"""The environment of functions that work on a tenant's data; see `weft.bootstrap.aws_settings`."""

from aws_cdk import Stack

from weft.infra.names import Names, arn


def settings_of(stack: Stack, names: Names) -> dict[str, str]:
    """In whatever stack they are. Nothing in it is secret."""
    return {
        "WEFT_PROFILE": "aws",
        "WEFT_HOME": "/tmp",  # noqa: S108 - all that a function may write to; nothing is kept there
        "WEFT_AWS_TABLE": names.table,
        "WEFT_AWS_BUCKET": names.bucket,
        "WEFT_AWS_KEY": names.key_alias,
        "WEFT_AWS_MACHINE_ROLE": arn(stack, "iam", "role", names.machine_role),
        "WEFT_AWS_ROOT_SECRET": names.root_secret,
    }
