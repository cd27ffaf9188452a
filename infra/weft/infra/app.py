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
from weft.infra.bundling import ROOT, Assets, build_assets, unzipped_bytes
from weft.infra.deployment import MEMBERS, Deployment, deployment_of
from weft.infra.stacks.platform import PlatformStack
from weft.infra.stacks.tenant import TenantStack

_BUILT: Final = ROOT / "cdk.out" / "assets"


def compose(app: App, deployment: Deployment, assets: Assets) -> None:
    """Puts the stacks into the app, to be checked by cdk-nag when it is synthesized."""
    platform = PlatformStack(app, deployment, assets)
    for tenant in deployment.tenants:
        TenantStack(app, tenant, deployment, assets).add_stack_dependency(platform)
    Tags.of(app).add("weft:environment", deployment.environment)
    # The reasons go into the templates, where an auditor looks.
    Validations.of(app).add_plugins(
        AwsSolutionsChecks(app, write_suppressions_to_cloud_formation=True)
    )


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
    """Says on stderr how large the functions are. Exits with 2 for context that makes no sense."""
    app = App(outdir=arguments[0] if arguments else None, context=context())
    try:
        deployment = deployment_of({name: app.node.try_get_context(name) for name in MEMBERS})
        assets = build_assets(_BUILT, deployment.architecture, third_party=deployment.bundle)
    except Invalid as error:
        sys.stderr.write(f"{error}\n")
        return 2
    _tell(assets)
    compose(app, deployment, assets)
    app.synth()
    return 0


def _tell(assets: Assets) -> None:
    own = unzipped_bytes(assets.code)
    sys.stderr.write(f"our code: {own / 2**20:.1f} MiB unzipped\n")
    for name, layer in assets.layers.items():
        whole = (own + unzipped_bytes(layer)) / 2**20
        sys.stderr.write(f"function with layer {name}: {whole:.1f} MiB unzipped\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
