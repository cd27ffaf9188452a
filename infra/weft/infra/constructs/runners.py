"""The functions that run steps, one per group of the catalogue."""

from collections.abc import Mapping
from typing import Final

from constructs import Construct

from weft.infra.constructs.code_network import confine
from weft.infra.constructs.function import Function, Shared, Wanted
from weft.infra.constructs.grants import Estate, grant
from weft.infra.groups import AI, CODE, groups

_HANDLER: Final = "weft.entries.runner.handler"
_SECONDS: Final = 900  # Lambda's limit; a step's own time limit is the state's and the runner's
_MEMORY_MB: Final = {AI: 1_024, CODE: 1_024}
_USUAL_MB: Final = 512


def runners(
    scope: Construct, estate: Estate, environment: Mapping[str, str], shared: Shared
) -> dict[str, Function]:
    """By group. `environment` is for those that look at the tenant's data."""
    made = {}
    for group, needs in groups().items():
        wanted = Wanted(
            name=estate.names.function(group),
            handler=_HANDLER,
            layer="runner-ai" if group == AI else "runner",
            memory_mb=_MEMORY_MB.get(group, _USUAL_MB),
            seconds=_SECONDS,
            # The virtual machine of Lambda, without rights and network, is the sandbox.
            environment={"WEFT_ALLOW_UNSANDBOXED_CODE": "1"} if group == CODE else environment,
        )
        made[group] = runner = Function(scope, f"Runner-{group}", wanted, shared)
        if group == CODE:
            confine(runner, estate.names)
        else:
            grant(runner, needs, estate)
    return made
