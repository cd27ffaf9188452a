"""The series of requirement OB-04 on one page: how much is asked, how fast, how well."""

from collections.abc import Sequence

from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from weft.infra.constructs.run_watch import RunWatch
from weft.infra.names import Names


def dashboard(
    scope: Construct,
    names: Names,
    watched: tuple[gateway.HttpApi, lambda_.IFunction, dynamodb.Table, RunWatch],
) -> cloudwatch.Dashboard:
    """Users in the last minutes are distinct callers of the API's log; durations of runs are those
    of all machines of the account."""
    api, function, table, runs = watched
    made = cloudwatch.Dashboard(scope, "Dashboard", dashboard_name=names.base)
    durations = cloudwatch.MathExpression(
        expression="SEARCH('{AWS/States,StateMachineArn} MetricName=\"ExecutionTime\"', 'p50')",
        using_metrics={},
    )
    rows: Sequence[Sequence[tuple[str, Sequence[cloudwatch.IMetric]]]] = (
        (
            ("Requests", [api.metric_count()]),
            ("Response time", [api.metric_latency(statistic=s) for s in ("p50", "p99")]),
            ("Errors", [api.metric_client_error(), api.metric_server_error()]),
        ),
        (
            ("Runs that ended", [runs.well, runs.badly]),
            ("Duration of runs (ms)", [durations]),
            (
                "API function",
                [
                    function.metric_invocations(),
                    function.metric_errors(),
                    function.metric_throttles(),
                ],
            ),
        ),
        (
            (
                "Table",
                [
                    table.metric_consumed_read_capacity_units(),
                    table.metric_consumed_write_capacity_units(),
                ],
            ),
        ),
    )
    for row in rows:
        made.add_widgets(
            *(
                cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
                for title, metrics in row
            )
        )
    return made
