"""The CDK app that `cdk.json` names: a stack for all, and one per tenant.

Without the CDK's command line, `python -m weft.infra.app [folder]` writes the same templates.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from aws_cdk import App, Tags, Validations
from aws_cdk.cx_api import CloudAssembly
from cdk_nag import AwsSolutionsChecks

from weft.domain.errors import Invalid
from weft.infra.bundling import ROOT, Assets, build_assets
from weft.infra.deployment import Deployment, deployment_of
from weft.infra.stacks.platform import PlatformStack
from weft.infra.stacks.tenant import TenantStack

_BUILT: Final = ROOT / "cdk.out" / "assets"


def compose(app: App, deployment: Deployment, assets: Assets) -> None:
    """Puts the stacks into the app, to be checked by cdk-nag when it is synthesized."""
    platform = PlatformStack(app, deployment, assets)
    for tenant in deployment.tenants:
        TenantStack(app, tenant, deployment, assets).add_stack_dependency(platform)
    Tags.of(app).add("weft:environment", deployment.environment)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def context() -> dict[str, Any]:
    """What `cdk.json` says; the command line's own words come on top of it."""
    found: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return found


def synthesize(folder: Path, deployment: Deployment, assets: Assets) -> CloudAssembly:
    """Writes templates and the report of cdk-nag. Raises RuntimeError for what it finds."""
    app = App(outdir=str(folder), context=context())
    compose(app, deployment, assets)
    return app.synth()


def main(arguments: list[str]) -> int:
    """Exits with 2 for context that makes no sense."""
    app = App(outdir=arguments[0] if arguments else None, context=context())
    names = (
        "environment",
        "tenants",
        "architecture",
        "domain",
        "bundle",
        "alarm_email",
        "tenant_alarms",
    )
    try:
        deployment = deployment_of({name: app.node.try_get_context(name) for name in names})
        assets = build_assets(_BUILT, deployment.architecture, third_party=deployment.bundle)
    except Invalid as error:
        sys.stderr.write(f"{error}\n")
        return 2
    compose(app, deployment, assets)
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
