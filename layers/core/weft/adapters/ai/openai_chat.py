"""Any model behind OpenAI's protocol, through the `openai` SDK over our guarded client."""

from typing import Any

import httpx2
import openai
import orjson

from weft.adapters.ai.guarded_transport import GuardedTransport
from weft.adapters.ai.openai_messages import body_of, reply_of
from weft.domain.errors import PermanentStepError, StepError, StepRefused, TransientStepError
from weft.ports.chat import ChatReply, ChatRequest
from weft.ports.http import HttpClient

BASE_URL = "https://api.openai.com/v1"
# Of the refusals, those that pass: request time-out, conflict, too early, rate limit.
_PASSING = frozenset({408, 409, 425, 429})
# 429 with one of these codes means that the account is empty: waiting does not fill it.
_NOT_PASSING = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


class OpenAiChat:
    """Without retries of its own: the run's rules decide."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def chat(self, request: ChatRequest) -> ChatReply:
        """See `weft.ports.chat.ChatModel`."""
        client = self._client(request)
        try:
            with client:
                raw = client.chat.completions.with_raw_response.create(**body_of(request))
                answer = _json(raw.content)
        except openai.APIStatusError as error:
            raise _refused(error) from error
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, StepError):
                raise error.__cause__ from None
            raise TransientStepError(f"the model could not be asked: {error}") from error
        except (openai.OpenAIError, TypeError) as error:
            raise PermanentStepError(f"the question cannot be sent: {error}") from error
        return reply_of(answer, request)

    def _client(self, request: ChatRequest) -> openai.OpenAI:
        values = request.credential.values if request.credential else {}
        base_url = request.base_url or values.get("base_url") or BASE_URL
        if request.credential is None and base_url == BASE_URL:
            raise StepRefused("the model needs a credential; choose one at the node")
        hosts = request.credential.allowed_hosts if request.credential else None
        transport = GuardedTransport(self._http, request.timeout, hosts)
        return openai.OpenAI(
            # Servers without keys (on one's own machine) still get the header that the SDK wants.
            api_key=values.get("api_key") or "none",
            organization=values.get("organization") or "",
            project="",
            base_url=base_url,
            timeout=request.timeout,
            max_retries=0,
            http_client=httpx2.Client(transport=transport, trust_env=False),
        )


def _json(content: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise TransientStepError("the model's answer is no JSON") from error
    return answer if isinstance(answer, dict) else {}


def _refused(error: openai.APIStatusError) -> StepError:
    status = error.status_code
    message = f"the model's vendor answered {status}: {error.message}"
    if status >= 500 or (status in _PASSING and error.code not in _NOT_PASSING):
        return TransientStepError(message)
    return PermanentStepError(message)
