"""What starts a tenant's runs from outside: a bus, schedules, and what becomes of lost events."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from weft.infra.constructs.acknowledged import acknowledge
from weft.infra.names import Names, arn

UPLOADS = "uploads/"  # what people put there are events; what Weft itself keeps is none


class Events(Construct):
    """Rules and schedules of triggers are made when a workflow is published. `dead` keeps what
    could not be delivered, for 14 days."""

    def __init__(self, scope: Construct, names: Names, data: s3.IBucket) -> None:
        super().__init__(scope, "Events")
        self.dead = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=f"{names.base}-dead-letters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(self.dead, {"AwsSolutions-SQS3": "it is the dead-letter queue itself"})
        bus = events.EventBus(self, "Bus", event_bus_name=names.base, dead_letter_queue=self.dead)
        its_arn = arn(Stack.of(self), "events", "event-bus", names.base)
        self.dead.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.dead.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": its_arn}},
            )
        )
        scheduler.CfnScheduleGroup(self, "Schedules", name=names.base)
        events.Rule(
            self,
            "Uploads",
            description="Objects that people upload, for the triggers on the tenant's bus",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [data.bucket_name]},
                    "object": {"key": [{"prefix": UPLOADS}]},
                },
            ),
            targets=[targets.EventBus(bus, dead_letter_queue=self.dead)],
        )
