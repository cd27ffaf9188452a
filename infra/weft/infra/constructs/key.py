"""A KMS key that is never lost, and rotates."""

from typing import Final

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from weft.infra.constructs.acknowledged import HERE, acknowledge_wildcards
from weft.infra.names import Names, arn

# What AWS asks of those who read and write through a service that encrypts with a key.
USE: Final = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]


def key(scope: Construct, names: Names, what: str) -> kms.Key:
    """With the alias of `names`; the logs of that name may be encrypted with it."""
    made = kms.Key(
        scope,
        "Key",
        alias=names.key_alias,
        description=f"{names.base}: {what}",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN,
    )
    made.add_to_resource_policy(
        iam.PolicyStatement(
            sid="Logs",
            principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
            actions=[
                "kms:Encrypt*",
                "kms:Decrypt*",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:Describe*",
            ],
            resources=["*"],
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": arn(
                        Stack.of(scope), "logs", "log-group", f"*{names.base}*", colon=True
                    )
                }
            },
        )
    )
    return made


def use_by_alias(role: iam.Role, alias: str, **also: str) -> None:
    """Lets the role use the key of another stack. Policies cannot name an alias as their resource,
    so that a condition does; `also` are more conditions of `StringEquals`."""
    conditions: dict[str, object] = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
    if also:
        conditions["StringEquals"] = also
    keys = arn(Stack.of(role), "kms", "key", "*")
    role.add_to_policy(iam.PolicyStatement(actions=USE, resources=[keys], conditions=conditions))
    acknowledge_wildcards(
        role, {f"{HERE.format('kms', 'key')}/*": "a condition names the one key by its alias"}
    )
