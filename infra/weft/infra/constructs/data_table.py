"""The table of all tenants, as `weft.adapters.aws.row` reads it (`docs/data-model.md`)."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

INDEXES = {"first": ("pk1", "sk1"), "second": ("pk2", "sk2")}
TTL = "expires"


def data_table(scope: Construct, name: str, key: kms.IKey) -> dynamodb.Table:
    """On demand: it costs what is asked of it. Kept when the stack goes, and not deleted before
    its protection is taken away."""
    table = dynamodb.Table(
        scope,
        "Table",
        table_name=name,
        partition_key=_text("pk"),
        sort_key=_text("sk"),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryption_key=key,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        time_to_live_attribute=TTL,
        deletion_protection=True,
        removal_policy=RemovalPolicy.RETAIN,
    )
    for index, (partition, sort) in INDEXES.items():
        table.add_global_secondary_index(
            index_name=index,
            partition_key=_text(partition),
            sort_key=_text(sort),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["label"],
        )
    return table


def futures_table(scope: Construct, name: str, key: kms.IKey) -> dynamodb.Table:
    """What branches of runs hand to each other, as `weft.asl.token_item` writes it. Only runs in
    flight read it, so that there is nothing to restore."""
    return dynamodb.Table(
        scope,
        "Futures",
        table_name=name,
        partition_key=_text("id"),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryption_key=key,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        time_to_live_attribute="expires_at",
        removal_policy=RemovalPolicy.RETAIN,
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
