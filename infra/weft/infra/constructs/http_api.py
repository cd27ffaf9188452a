"""The HTTP API: everything goes to one function, which is FastAPI."""

import json

from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from weft.infra.constructs.acknowledged import acknowledge
from weft.infra.constructs.function import Shared
from weft.infra.constructs.logs import log_group
from weft.infra.names import Names

# For the whole API, so that one flood cannot use up the account's quota of Lambda.
_PER_SECOND, _BURST = 200, 400
# No query and no header: they may hold what proves a caller.
_LOGGED = ("requestId", "requestTime", "httpMethod", "path", "status", "responseLatency")


def http_api(
    scope: Construct, names: Names, function: lambda_.IFunction, shared: Shared
) -> gateway.HttpApi:
    """With its only stage, which writes an access log. API Gateway offers it over TLS alone."""
    api = gateway.HttpApi(
        scope,
        "Api",
        api_name=names.base,
        create_default_stage=False,
        default_integration=HttpLambdaIntegration("Function", function),
    )
    # A name that API Gateway may write to without a policy of the log group's own.
    group = log_group(
        api, f"/aws/vendedlogs/apigateway/{names.base}", shared.deployment, shared.key
    )
    gateway.CfnStage(
        api,
        "Stage",
        api_id=api.api_id,
        stage_name="$default",
        auto_deploy=True,
        access_log_settings=gateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=group.log_group_arn,
            format=json.dumps({name: f"$context.{name}" for name in _LOGGED}),
        ),
        default_route_settings=gateway.CfnStage.RouteSettingsProperty(
            throttling_rate_limit=_PER_SECOND, throttling_burst_limit=_BURST
        ),
    )
    acknowledge(
        api,
        {
            "AwsSolutions-APIG4": "the application proves who calls: access tokens, API keys, and "
            "for webhooks the credential of the trigger"
        },
    )
    return api
