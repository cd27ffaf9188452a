"""What one tenant has for itself. It imports nothing of another stack: names are enough."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack, Tags
from aws_cdk import aws_sns as sns
from constructs import Construct

from weft.infra.bundling import Assets
from weft.infra.constructs.alarms import Line, alarm
from weft.infra.constructs.bucket import tenant_bucket
from weft.infra.constructs.data_table import futures_table
from weft.infra.constructs.events import Events
from weft.infra.constructs.function import Shared
from weft.infra.constructs.grants import Estate
from weft.infra.constructs.key import key
from weft.infra.constructs.logs import log_group
from weft.infra.constructs.machine_role import MachineRole
from weft.infra.constructs.runners import runners
from weft.infra.constructs.settings import settings_of
from weft.infra.deployment import Deployment
from weft.infra.groups import AI
from weft.infra.names import Names, arn


class TenantStack(Stack):
    """Key, data, runners, the role of state machines, events. Idle, only key and alarms cost."""

    def __init__(
        self, scope: Construct, tenant: str, deployment: Deployment, assets: Assets, **also: Any
    ) -> None:
        names = Names(deployment.environment, tenant)
        super().__init__(
            scope,
            names.base,
            description=f"Weft: the tenant {tenant} in {deployment.environment}",
            termination_protection=deployment.environment == "prod",
            **also,
        )
        self._names = names
        Tags.of(self).add("weft:tenant", tenant)
        its_key = key(self, names, "data, logs and credentials of a tenant")
        data = tenant_bucket(self, names.bucket, its_key)
        futures = futures_table(self, f"{names.base}-futures", its_key)
        estate = Estate(names, its_key, data)
        shared = Shared(self, deployment, assets, its_key)
        made = runners(self, estate, settings_of(self, names), shared)
        machines = MachineRole(self, names, its_key)
        machines.may_call(runner.function for runner in made.values())
        machines.may_hand_over(futures)
        # Step Functions writes to groups of this prefix without a policy of the group's own.
        log_group(machines, f"/aws/vendedlogs/states/{names.base}", deployment, its_key)
        events = Events(self, names, data)
        if deployment.tenant_alarms:
            slow = made[AI].function.metric_duration(statistic="p95", period=Duration.minutes(5))
            lost = events.dead.metric_approximate_number_of_messages_visible(statistic="Maximum")
            self._alarm(Line("models-slow", "Answers of models take over 10 s", slow, 10_000, 3))
            self._alarm(Line("dead-letters", "Events of this tenant were not delivered", lost, 0))
        CfnOutput(self, "MachineRole", value=machines.role.role_arn)

    def _alarm(self, line: Line) -> None:
        platform = Names(self._names.environment)
        its = sns.Topic.from_topic_arn(
            self, f"To-{line.name}", arn(self, "sns", f"{platform.base}-alarms")
        )
        alarm(self, self._names, line, its)
