"""Where code of people runs: subnets without a way out, and a group that lets nothing through."""

from aws_cdk import CfnParameter, Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from weft.infra.constructs.acknowledged import acknowledge_wildcards
from weft.infra.constructs.function import Function, Shared
from weft.infra.constructs.logs import log_group
from weft.infra.groups import CODE
from weft.infra.names import Names, arn

_SUBNETS, _GROUP = "code/subnets", "code/security-group"
_INTERFACES = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]


def code_network(scope: Construct, names: Names, shared: Shared) -> None:
    """Two isolated subnets: no gateway, no NAT, no endpoint. Costs nothing."""
    vpc = ec2.Vpc(
        scope,
        "CodeNetwork",
        ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/20"),
        max_azs=2,
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(
                name="code", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=22
            )
        ],
    )
    group = ec2.SecurityGroup(
        vpc,
        "Nothing",
        vpc=vpc,
        description="Code of people: nothing in, nothing out",
        allow_all_outbound=False,
    )
    # What tries to get out is of interest.
    flows = log_group(vpc, f"/aws/vendedlogs/vpc/{names.base}", shared.deployment, shared.key)
    vpc.add_flow_log(
        "Rejected",
        destination=ec2.FlowLogDestination.to_cloud_watch_logs(flows),
        traffic_type=ec2.FlowLogTrafficType.REJECT,
    )
    _tell(vpc, names.parameter(_SUBNETS), Fn.join(",", [s.subnet_id for s in vpc.isolated_subnets]))
    _tell(vpc, names.parameter(_GROUP), group.security_group_id)


def _tell(scope: Construct, name: str, value: str) -> None:
    ssm.StringParameter(scope, name.rpartition("/")[2], parameter_name=name, string_value=value)


def confine(runner: Function, names: Names) -> None:
    """Puts a function of a tenant there. Its role may make the network interface that Lambda
    needs for it, and the function itself may not: AWS, "Giving Lambda functions access to
    resources in an Amazon VPC"."""
    platform = Names(names.environment)
    subnets = CfnParameter(
        runner,
        "Subnets",
        type="AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>",
        default=platform.parameter(_SUBNETS),
    )
    group = CfnParameter(
        runner,
        "Group",
        type="AWS::SSM::Parameter::Value<AWS::EC2::SecurityGroup::Id>",
        default=platform.parameter(_GROUP),
    )
    # Its name, because its attribute would make role and function wait for each other.
    own = arn(Stack.of(runner), "lambda", "function", names.function(CODE), colon=True)
    runner.role.add_to_policy(iam.PolicyStatement(actions=_INTERFACES, resources=["*"]))
    runner.role.add_to_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=["ec2:*"],
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": own}},
        )
    )
    acknowledge_wildcards(
        runner.role,
        {
            "*": "Lambda's service makes the network interface, whose id nobody knows before; "
            "calls by the function's own code are denied"
        },
    )
    form = runner.function.node.default_child
    assert isinstance(form, lambda_.CfnFunction)
    form.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=subnets.value_as_list, security_group_ids=[group.value_as_string]
    )
