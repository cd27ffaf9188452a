"""What runners of a group may do: follows from what the nodes of the group say they need."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from weft.infra.constructs.acknowledged import acknowledge_wildcards
from weft.infra.constructs.function import Function
from weft.infra.constructs.key import use_by_alias
from weft.infra.names import Names, arn
from weft.nodekit.node_type import Need

# A transaction of several needs what each of its writes does.
_ON_ROWS: Final = [
    "dynamodb:BatchGetItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
]
# The way to the world is the function's own; these two take no permission of the account.
_FREE: Final = frozenset({Need.HTTP, Need.CHAT})


@dataclass(frozen=True, slots=True)
class Estate:
    """What a tenant has that its runners may be let at."""

    names: Names
    key: kms.IKey
    data: s3.IBucket


def grant(runner: Function, needs: frozenset[Need], estate: Estate) -> None:
    """For a group that runs no code of people."""
    _claims(runner, estate)
    if needs & {Need.SECRETS, Need.APPROVALS}:
        # To open a credential, or to ask, is to look at the run first, and to note it.
        _own_rows(runner, estate)
    unknown = needs - _FREE - {Need.SECRETS, Need.APPROVALS}
    assert not unknown, f"no grant is written for {sorted(unknown)}"


def _claims(runner: Function, estate: Estate) -> None:
    """Every runner takes and makes values that are too large for a run's states."""
    stack = Stack.of(runner)
    claims = estate.data.arn_for_objects("claims/*")
    secret = arn(stack, "secretsmanager", f"secret:{estate.names.root_secret}-??????")
    _allow(runner, ["s3:GetObject", "s3:PutObject"], claims)
    _allow(runner, ["secretsmanager:GetSecretValue"], secret)
    _allow(runner, ["kms:Decrypt", "kms:GenerateDataKey"], estate.key.key_arn)
    _explain(runner, estate, "claims", "values of runs, one object each")


def _own_rows(runner: Function, estate: Estate) -> None:
    stack, tenant = Stack.of(runner), estate.names.tenant
    runner.role.add_to_policy(
        iam.PolicyStatement(
            actions=_ON_ROWS,
            resources=[arn(stack, "dynamodb", "table", estate.names.table)],
            conditions={
                "ForAllValues:StringLike": {
                    "dynamodb:LeadingKeys": [f"T#{tenant}", f"T#{tenant}#*"]
                },
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        )
    )
    platform = Names(estate.names.environment)
    service = f"dynamodb.{Aws.REGION}.{Aws.URL_SUFFIX}"
    use_by_alias(runner.role, platform.key_alias, **{"kms:ViaService": service})
    _allow(runner, ["s3:GetObject", "s3:PutObject"], estate.data.arn_for_objects("rows/*"))
    _explain(runner, estate, "rows", "what is too large for the table")


def _explain(runner: Function, estate: Estate, folder: str, what: str) -> None:
    form = estate.data.node.default_child
    assert isinstance(form, s3.CfnBucket)
    bucket = Stack.of(runner).resolve(form.logical_id)
    reasons = {f"<{bucket}.Arn>/{folder}/*": f"{what}, in the tenant's own bucket"}
    acknowledge_wildcards(runner.role, reasons)


def _allow(runner: Function, actions: list[str], resource: str) -> None:
    runner.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
