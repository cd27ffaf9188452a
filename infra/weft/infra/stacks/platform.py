"""What all tenants share: the API, the table, the editor, what is watched."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from constructs import Construct

from weft.infra.bundling import Assets
from weft.infra.constructs.alarms import Line, added, alarm, percent, topic
from weft.infra.constructs.api_function import api_function
from weft.infra.constructs.code_network import code_network
from weft.infra.constructs.dashboard import dashboard
from weft.infra.constructs.data_table import data_table
from weft.infra.constructs.function import Shared
from weft.infra.constructs.http_api import http_api
from weft.infra.constructs.key import key
from weft.infra.constructs.run_watch import RunWatch
from weft.infra.constructs.web import Web
from weft.infra.deployment import Deployment
from weft.infra.names import Names


class PlatformStack(Stack):
    """One per environment. Nothing in it is made anew when a tenant comes or goes."""

    def __init__(
        self, scope: Construct, deployment: Deployment, assets: Assets, **also: Any
    ) -> None:
        names = Names(deployment.environment)
        super().__init__(
            scope,
            names.base,
            description=f"Weft: what the tenants in {deployment.environment} share",
            termination_protection=deployment.environment == "prod",
            **also,
        )
        its_key = key(self, names, "the table of all tenants, logs, alarms")
        table = data_table(self, names.table, its_key)
        shared = Shared(self, deployment, assets, its_key)
        served = api_function(self, Names(names.environment, deployment.tenants[0]), table, shared)
        api = http_api(self, names, served.function, shared)
        web = Web(self, api, deployment.domain)
        runs = RunWatch(self, names, shared)
        code_network(self, names, shared)
        goes_to = topic(self, names, its_key, deployment)
        minutes = Duration.minutes(5)
        requests = {"requests": api.metric_count(period=minutes)}
        faults = api.metric_server_error(period=minutes)
        ended = {"well": runs.well, "badly": runs.badly}
        busy = added(
            table.metric(f"{way}ThrottleEvents", statistic="Sum", period=minutes)
            for way in ("Read", "Write")
        )
        for line in (
            Line(
                "api-slow",
                "1 % of requests take over 1 s",
                api.metric_latency(statistic="p99", period=minutes),
                1_000,
                3,
            ),
            Line("api-errors", "Over 1 % of requests fail", percent(faults, requests), 1),
            Line("runs-fail", "Over 5 % of runs fail", percent(runs.badly, ended), 5),
            Line(
                "api-throttled",
                "Lambda turns requests away",
                served.function.metric_throttles(period=minutes),
                0,
            ),
            Line("table-throttled", "DynamoDB turns requests away", busy, 0),
        ):
            alarm(self, names, line, goes_to)
        dashboard(self, names, (api, served.function, table, runs))
        CfnOutput(self, "Url", value=f"https://{web.distribution.distribution_domain_name}")
        CfnOutput(self, "Files", value=web.files.bucket_name)
