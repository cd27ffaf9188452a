"""What wakes an operator (requirement OB-03); each is one line of a table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from weft.infra.deployment import Deployment
from weft.infra.names import Names

_PERIOD: Final = Duration.minutes(5)


@dataclass(frozen=True, slots=True)
class Line:
    """Too much is more than `above`, `times` periods of five minutes in a row."""

    name: str
    says: str
    metric: cloudwatch.IMetric
    above: float
    times: int = 1


def percent(part: cloudwatch.IMetric, of: Mapping[str, cloudwatch.IMetric]) -> cloudwatch.IMetric:
    """Of a sum of metrics; nothing of nothing is 0."""
    total = "+".join(of)
    return cloudwatch.MathExpression(
        expression=f"IF(({total}) > 0, 100 * part / ({total}), 0)",
        using_metrics={"part": part, **of},
        period=_PERIOD,
    )


def added(parts: Iterable[cloudwatch.IMetric]) -> cloudwatch.IMetric:
    """The sum of at most ten metrics (a limit of alarms)."""
    named = {f"m{number}": part for number, part in enumerate(parts)}
    return cloudwatch.MathExpression(
        expression="+".join(f"FILL({name}, 0)" for name in named),
        using_metrics=named,
        period=_PERIOD,
    )


def topic(scope: Construct, names: Names, key: kms.Key, deployment: Deployment) -> sns.Topic:
    """Where alarms go; an address of the context is asked to confirm once."""
    made = sns.Topic(
        scope, "Alarms", topic_name=f"{names.base}-alarms", master_key=key, enforce_ssl=True
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="Alarms",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": made.stack.account}},
        )
    )
    made.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[made.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": made.stack.account}},
        )
    )
    if deployment.alarm_email is not None:
        made.add_subscription(subscriptions.EmailSubscription(deployment.alarm_email))
    return made


def alarm(scope: Construct, names: Names, line: Line, goes_to: sns.ITopic) -> cloudwatch.Alarm:
    """No data is no trouble: what nobody uses is silent."""
    made = cloudwatch.Alarm(
        scope,
        f"Alarm-{line.name}",
        alarm_name=f"{names.base}-{line.name}",
        alarm_description=line.says,
        metric=line.metric,
        threshold=line.above,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=line.times,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    made.add_alarm_action(actions.SnsAction(goes_to))
    return made
