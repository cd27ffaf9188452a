"""Private buckets: encrypted, by TLS only, with versions, never emptied by a deployment."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from weft.infra.constructs.acknowledged import acknowledge

_UNLOGGED = (
    "access is by roles of this account alone; who wants every access on record switches on "
    "CloudTrail data events, which cost by the request"
)


_TIDY = (
    s3.LifecycleRule(id="abandoned", abort_incomplete_multipart_upload_after=Duration.days(1)),
    s3.LifecycleRule(
        id="versions",
        noncurrent_version_expiration=Duration.days(30),
        expired_object_delete_marker=True,
    ),
)


def bucket(scope: Construct, name: str, *rules: s3.LifecycleRule, **also: Any) -> s3.Bucket:
    """Encrypted with keys of S3 unless `also`, properties of a bucket, says otherwise.

    `rules` of its life beside those that tidy up.
    """
    made = s3.Bucket(
        scope,
        name,
        **{
            "block_public_access": s3.BlockPublicAccess.BLOCK_ALL,
            "encryption": s3.BucketEncryption.S3_MANAGED,
            "enforce_ssl": True,
            "minimum_tls_version": 1.2,
            "removal_policy": RemovalPolicy.RETAIN,
            "versioned": True,
            "lifecycle_rules": [*_TIDY, *rules],
            **also,
        },
    )
    if "server_access_logs_bucket" not in also:
        acknowledge(made, {"AwsSolutions-S1": _UNLOGGED})
    return made


def tenant_bucket(scope: Construct, name: str, key: kms.IKey) -> s3.Bucket:
    """What is too large for the table, what runs hand on, and what people upload."""
    made = bucket(
        scope,
        "Data",
        # A run takes up to a year, and may be redriven for 14 days after it.
        s3.LifecycleRule(id="claims", prefix="claims/", expiration=Duration.days(400)),
        bucket_name=name,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
    )
    # By hand, because CDK's own way brings a function of its own into every stack.
    form = made.node.default_child
    assert isinstance(form, s3.CfnBucket)
    form.add_property_override(
        "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True
    )
    return made
