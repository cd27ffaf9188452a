"""How runs end: an entry in a log and a number for each, whatever tenant they are of."""

import json
from typing import Final

from aws_cdk import ArnFormat
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from constructs import Construct

from weft.infra.constructs.function import Shared
from weft.infra.constructs.logs import log_group
from weft.infra.names import Names

# ABORTED is a person's wish.
_KINDS: Final = {"well": ("SUCCEEDED", "ABORTED"), "badly": ("FAILED", "TIMED_OUT")}


class RunWatch(Construct):
    """Standard executions only: Express ones send no events. `well` and `badly` count them.

    CDK's own target for log groups would bring a function with it, to let EventBridge write.
    """

    def __init__(self, scope: Construct, names: Names, shared: Shared) -> None:
        super().__init__(scope, "Runs")
        group = log_group(self, f"/aws/events/{names.base}-runs", shared.deployment, shared.key)
        logs.CfnResourcePolicy(
            self,
            "Writers",
            policy_name=f"{names.base}-runs",
            policy_document=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {
                                "Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
                            },
                            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                            "Resource": group.log_group_arn,
                        }
                    ],
                }
            ),
        )
        self.well = self._count("well", names, group)
        self.badly = self._count("badly", names, group)

    def _count(self, kind: str, names: Names, group: logs.LogGroup) -> cloudwatch.Metric:
        name = f"{names.base}-runs-end-{kind}"
        events.CfnRule(
            self,
            f"Ended-{kind}",
            name=name,
            event_pattern={
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {"status": list(_KINDS[kind])},
            },
            targets=[
                # EventBridge wants the ARN without the `:*` that the attribute ends with.
                events.CfnRule.TargetProperty(
                    id="log",
                    arn=group.stack.format_arn(
                        service="logs",
                        resource="log-group",
                        resource_name=f"/aws/events/{names.base}-runs",
                        arn_format=ArnFormat.COLON_RESOURCE_NAME,
                    ),
                )
            ],
        )
        return cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions_map={"RuleName": name},
            statistic="Sum",
        )
