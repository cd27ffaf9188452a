"""The function that runs steps of a runner group; `weft.runner.entry` says what it answers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from weft.bootstrap.settings import Settings, load_settings
from weft.bootstrap.step_services import StepSettings, chat_model, http_client
from weft.domain.credential import ResolvedSecret
from weft.domain.errors import StepRefused
from weft.nodes.catalogue import NodeCatalogue, load_node
from weft.ports.approval_desk import ApprovalRequest
from weft.ports.code_sandbox import CodeSandbox
from weft.runner.call import StepCall
from weft.runner.context import Services
from weft.runner.entry import answer_with

if TYPE_CHECKING:
    from weft.bootstrap.step_desk import StepDesk


def handler(event: Any, context: object) -> dict[str, Any]:
    """See `weft.runner.entry.answer_with`. A call has its own deadline."""
    return answer_with(_services(), event)


@cache
def _services() -> Services:
    return services_of(load_settings())


def services_of(settings: Settings) -> Services:
    """What steps get. Without a stack in the settings nothing that is stored: the group whose
    steps run people's code."""
    allowed = tuple(str(network) for network in settings.allow_networks)
    for_steps = StepSettings(allowed, settings.allow_unsandboxed_code)

    @cache
    def desk() -> "StepDesk":
        if settings.aws is None:
            raise StepRefused("a step of this group is given values only, nothing that is stored")
        # A step that asks for nothing stored does not wait for AWS' SDK.
        from weft.bootstrap.aws import AwsParts, platform_on_aws  # noqa: PLC0415
        from weft.bootstrap.step_desk import StepDesk  # noqa: PLC0415

        made = StepDesk()
        parts = AwsParts(NodeCatalogue(), http_client(for_steps))
        made.serve(platform_on_aws(settings.aws, parts))
        return made

    @cache
    def code() -> CodeSandbox:
        # Only code steps pay for the sandbox.
        from weft.runner.sandbox.sandbox import PythonSandbox  # noqa: PLC0415

        return PythonSandbox(allow_unsandboxed=for_steps.allow_unsandboxed_code)

    def asked(call: StepCall) -> "_Asked":
        return _Asked(desk, call.model_dump(include=_WHOSE))

    return Services(
        load=load_node,
        http=cache(lambda: http_client(for_steps)),
        chat=cache(lambda: chat_model(for_steps)),
        secrets=asked,
        approvals=asked,
        claims=asked,
        code=code,
    )


_WHOSE = {"tenant_id", "run_id", "node_id", "key", "token"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """The desk as a step sees it, which waits; opened when a step first asks for something."""

    desk: Any  # gives a `StepDesk`
    call: Mapping[str, Any]

    def resolve(self, credential_id: str) -> ResolvedSecret:
        return asyncio.run(self._desk().secret(self.call, credential_id))

    def request(self, request: ApprovalRequest) -> str:
        return asyncio.run(self._desk().approval(self.call, request))

    def keep(self, value: Any) -> str:
        return asyncio.run(self._desk().keep_claim(self.call, value))

    def fetch(self, text: str) -> Any:
        return asyncio.run(self._desk().fetch_claim(self.call, text))

    def _desk(self) -> "StepDesk":
        opened: StepDesk = self.desk()
        return opened
