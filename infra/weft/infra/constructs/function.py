"""A Lambda function of ours: a role with what it is given and its log, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from weft.infra.bundling import PYTHON, Assets
from weft.infra.constructs.acknowledged import acknowledge
from weft.infra.constructs.logs import log_group, writing
from weft.infra.deployment import Deployment

_ARCHITECTURES: Final = {
    "arm64": lambda_.Architecture.ARM_64,
    "x86_64": lambda_.Architecture.X86_64,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`layer`: see `bundling.LAYERS`. `seconds`: at most 900 (Lambda quotas)."""

    name: str
    handler: str
    layer: str
    memory_mb: int
    seconds: int
    environment: Mapping[str, str] = field(default_factory=dict)


class Shared:
    """The same for all functions of a stack: what they are made of, and the key of their logs."""

    def __init__(
        self, scope: Construct, deployment: Deployment, assets: Assets, key: kms.IKey
    ) -> None:
        self.deployment = deployment
        self.assets = assets
        self.key = key
        self._scope = scope
        self._layers: dict[str, lambda_.ILayerVersion] = {}

    def layers(self, name: str) -> list[lambda_.ILayerVersion]:
        """Of third-party packages; none where they are left out."""
        if name not in self.assets.layers:
            return []
        if name not in self._layers:
            self._layers[name] = lambda_.LayerVersion(
                self._scope,
                f"Layer-{name}",
                code=lambda_.Code.from_asset(str(self.assets.layers[name])),
                compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
                compatible_architectures=[_ARCHITECTURES[self.deployment.architecture]],
            )
        return [self._layers[name]]


class Function(Construct):
    """`function`, and its `role`, to which grants are added."""

    def __init__(self, scope: Construct, name: str, wanted: Wanted, shared: Shared) -> None:
        super().__init__(scope, name)
        deployment = shared.deployment
        group = log_group(self, f"/aws/lambda/{wanted.name}", deployment, shared.key)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.role.add_to_policy(writing(group))
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=wanted.name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=_ARCHITECTURES[deployment.architecture],
            handler=wanted.handler,
            code=lambda_.Code.from_asset(str(shared.assets.code)),
            layers=shared.layers(wanted.layer),
            memory_size=wanted.memory_mb,
            timeout=Duration.seconds(wanted.seconds),
            environment=dict(wanted.environment),
            role=self.role,
            log_group=group,
        )
        acknowledge(
            self.function,
            {"AwsSolutions-L1": f"the locks of requirements/ are built for Python {PYTHON}"},
        )
