"""What a tenant's state machines run as, Express children too: the host gives all of a tenant the
same role."""

from collections.abc import Iterable

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from weft.infra.constructs.acknowledged import HERE, acknowledge_wildcards
from weft.infra.constructs.key import USE
from weft.infra.names import Names, arn

_LOG_DELIVERY = [
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
]
# How Step Functions hears of the end of an execution that a state waits for; AWS gives the name.
_WATCHER = "StepFunctionsGetEventsForStepFunctionsExecutionRule"


class MachineRole(Construct):
    """`role`, which may do what definitions of the compiler do."""

    def __init__(self, scope: Construct, names: Names, key: kms.IKey) -> None:
        super().__init__(scope, "Machines")
        self._stack = Stack.of(self)
        self._names = names
        self.role = iam.Role(
            self,
            "Role",
            role_name=names.machine_role,
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self._stack.account}},
            ),
        )
        self._allow(USE, key.key_arn)
        self._children()
        self._calls()
        self._allow(_LOG_DELIVERY, "*")
        self._explain()

    def may_call(self, functions: Iterable[lambda_.IFunction]) -> None:
        """The tenant's runners, and no other function."""
        self._allow(["lambda:InvokeFunction"], *(f.function_arn for f in functions))

    def may_hand_over(self, futures: dynamodb.ITable) -> None:
        """Values from branch to branch: see `weft.asl.token_item`."""
        self._allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], futures.table_arn)

    def _children(self) -> None:
        machines = self._arn("states", "stateMachine")
        self._allow(["states:StartExecution", "states:StartSyncExecution"], machines)
        self._allow(["states:SendTaskSuccess"], machines)
        self._allow(
            ["states:DescribeExecution", "states:StopExecution"],
            self._arn("states", "execution"),
        )
        self._allow(
            ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
            arn(self._stack, "events", "rule", _WATCHER),
        )

    def _calls(self) -> None:
        """HTTP by the host itself, with a Connection of the tenant's."""
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["states:InvokeHTTPEndpoint"],
                resources=[self._arn("states", "stateMachine")],
                conditions={"StringLike": {"states:HTTPEndpoint": "https://*"}},
            )
        )
        connection = f"{self._names.base}-*"
        self._allow(
            ["events:RetrieveConnectionCredentials"],
            arn(self._stack, "events", "connection", connection),
        )
        self._allow(
            ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            arn(self._stack, "secretsmanager", f"secret:events!connection/{connection}"),
        )

    def _arn(self, service: str, resource: str) -> str:
        return self._stack.format_arn(
            service=service,
            resource=resource,
            resource_name="*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _allow(self, actions: list[str], *resources: str) -> None:
        self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=list(resources)))

    def _explain(self) -> None:
        base = self._names.base
        by_id = "machines and executions are made at run time, and their names begin with ids"
        mine = "Connections are made at run time; their names begin with the tenant's"
        acknowledge_wildcards(
            self.role,
            {
                HERE.format("states", "stateMachine:*"): by_id,
                HERE.format("states", "execution:*"): by_id,
                HERE.format("events", f"connection/{base}-*"): mine,
                HERE.format("secretsmanager", f"secret:events!connection/{base}-*"): mine,
                "*": "log delivery has no resources (AWS, Logging using CloudWatch Logs)",
            },
        )
