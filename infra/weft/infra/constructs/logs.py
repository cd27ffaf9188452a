"""Log groups with an end, and the right to write into one."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from weft.infra.deployment import Deployment


def log_group(scope: Construct, name: str, deployment: Deployment, key: kms.IKey) -> logs.LogGroup:
    """Encrypted; kept for as long as the environment says, and after its stack."""
    # The days of a `Deployment` are names of this enumeration's members.
    days = {
        14: logs.RetentionDays.TWO_WEEKS,
        30: logs.RetentionDays.ONE_MONTH,
        90: logs.RetentionDays.THREE_MONTHS,
    }[deployment.log_days]
    return logs.LogGroup(
        scope,
        "Logs",
        log_group_name=name,
        retention=days,
        encryption_key=key,
        removal_policy=RemovalPolicy.RETAIN,
    )


def writing(group: logs.ILogGroup) -> iam.PolicyStatement:
    """What a function needs to write its own log, and no other."""
    return iam.PolicyStatement(
        actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[group.log_group_arn]
    )
