"""The function behind the API, and what it may do: the use cases of one tenant's stack."""

from typing import Final

from aws_cdk import Aws, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from weft.infra.constructs.acknowledged import HERE, acknowledge_wildcards
from weft.infra.constructs.data_table import INDEXES
from weft.infra.constructs.function import Function, Shared, Wanted
from weft.infra.constructs.key import USE, use_by_alias
from weft.infra.constructs.settings import settings_of
from weft.infra.groups import groups
from weft.infra.names import Names, arn

# Memory is processor time too: publishing compiles and proves.
_MEMORY_MB, _SECONDS = 2_048, 30  # API Gateway gives up after 30

_ON_ROWS: Final = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "DeleteItem",
)
_ON_STATES: Final = {
    "stateMachine": [
        "states:CreateStateMachine",
        "states:SendTaskFailure",
        "states:SendTaskSuccess",
        "states:StartExecution",
    ],
    "execution": [
        "states:DescribeExecution",
        "states:DescribeStateMachineForExecution",
        "states:GetExecutionHistory",
        "states:StopExecution",
    ],
}


def api_function(scope: Construct, names: Names, table: dynamodb.Table, shared: Shared) -> Function:
    """`names`: of the tenant whose machines it makes."""
    stack = Stack.of(scope)
    functions = {
        group: arn(stack, "lambda", "function", names.function(group), colon=True)
        for group in groups()
    }
    environment = settings_of(stack, names)
    environment["WEFT_AWS_RUNNERS"] = ",".join(f"{g}={name}" for g, name in functions.items())
    name = Names(names.environment).function("api")
    wanted = Wanted(name, "weft.entries.api.handler", "api", _MEMORY_MB, _SECONDS, environment)
    made = Function(scope, "Serve", wanted, shared)
    _rows(made, table, shared)
    _data(made, names)
    _machines(made, names)
    return made


def _rows(made: Function, table: dynamodb.Table, shared: Shared) -> None:
    indexes = [f"{table.table_arn}/index/{name}" for name in INDEXES]
    actions = [f"dynamodb:{name}" for name in _ON_ROWS]
    made.role.add_to_policy(
        iam.PolicyStatement(actions=actions, resources=[table.table_arn, *indexes])
    )
    _allow(made, USE, shared.key.key_arn)


def _data(made: Function, names: Names) -> None:
    stack = Stack.of(made)
    bucket = f"arn:{stack.partition}:s3:::{names.bucket}"
    secret = arn(stack, "secretsmanager", f"secret:{names.root_secret}-??????")
    _allow(made, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{bucket}/*")
    _allow(made, ["s3:ListBucket"], bucket)
    _allow(made, ["secretsmanager:GetSecretValue", "secretsmanager:CreateSecret"], secret)
    use_by_alias(made.role, names.key_alias)
    shown = names.bucket.replace(Aws.ACCOUNT_ID, "<AWS::AccountId>")
    shown = shown.replace(Aws.REGION, "<AWS::Region>")
    acknowledge_wildcards(
        made.role,
        {f"arn:<AWS::Partition>:s3:::{shown}/*": "objects of the one bucket that it keeps"},
    )


def _machines(made: Function, names: Names) -> None:
    stack = Stack.of(made)
    for kind, actions in _ON_STATES.items():
        _allow(made, actions, arn(stack, "states", kind, "*", colon=True))
    by_id = "machines and executions are made at run time, and their names begin with ids"
    acknowledge_wildcards(
        made.role, {HERE.format("states", f"{kind}:*"): by_id for kind in _ON_STATES}
    )
    made.role.add_to_policy(
        iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[arn(stack, "iam", "role", names.machine_role)],
            conditions={"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}},
        )
    )


def _allow(made: Function, actions: list[str], resource: str) -> None:
    made.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
