"""The ways out of a step: made here, because only this slice picks adapters."""

from dataclasses import dataclass
from functools import cache

from weft.ports.chat import ChatModel
from weft.ports.http import HttpClient


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What the operator allows steps. JSON, because it travels to worker processes.

    `http_allow`: address ranges (CIDR) that outgoing calls may reach beside the public ones.
    """

    http_allow: tuple[str, ...] = ()
    allow_unsandboxed_code: bool = False


@cache
def _guarded(http_allow: tuple[str, ...]) -> HttpClient:
    from weft.adapters.http.client import GuardedHttpClient

    return GuardedHttpClient(allow=http_allow)


def http_client(settings: StepSettings) -> HttpClient:
    """The guarded client; the same one for the same settings."""
    return _guarded(tuple(settings.http_allow))


def chat_model(settings: StepSettings) -> ChatModel:
    """Models behind OpenAI's protocol, over the guarded client."""
    from weft.adapters.ai.openai_chat import OpenAiChat

    return OpenAiChat(http_client(settings))
