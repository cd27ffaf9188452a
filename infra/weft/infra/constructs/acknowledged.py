"""Findings of cdk-nag that are meant to be so, each with its reason, at the construct itself."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

HERE: Final = "arn:<AWS::Partition>:{}:<AWS::Region>:<AWS::AccountId>:{}"
"""How findings write an ARN of the stack's own account: service, and what comes behind it."""


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """`reasons` by the id of the finding, such as `AwsSolutions-IAM5[Resource::*]`."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=finding, reason=why) for finding, why in reasons.items())
    )


def acknowledge_wildcards(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """`reasons` by the resource of a policy, as findings write it."""
    findings = {f"AwsSolutions-IAM5[Resource::{name}]": why for name, why in reasons.items()}
    acknowledge(construct, findings)
