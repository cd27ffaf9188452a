"""Who answers Tasks that call a function: Python functions of this process, or an endpoint."""

import asyncio
import contextlib
import importlib
import inspect
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

import httpx

from weft.domain.errors import Invalid
from weft.engine.errors import HandlerError, ServiceError
from weft.engine.json import JsonValue, from_json, to_json

# Calls of other services, which the engine hands on by these names.
_SERVICES: Final = ("http:", "s3:", "sqs:")

Handler = Callable[[Any, Any], Any]
# Lambda's longest run; an answer of more than 6 MB is none (Lambda quotas).
LONGEST_CALL: Final = 900.0
MAX_ANSWER_BYTES: Final = 6 * 1024 * 1024
_FUNCTION: Final = re.compile(
    r"(?:arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:|[0-9]{12}:function:)?"
    r"(?P<name>[A-Za-z0-9-_]+)(?::(?P<qualifier>[A-Za-z0-9-_$]+))?\Z"
)


class Functions:
    """Calls a registered handler of the function's name, else the endpoint; see `Invoke`."""

    def __init__(
        self,
        handlers: Mapping[str, Handler] = MappingProxyType({}),
        endpoint: str | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._handlers = handlers
        self._endpoint = endpoint
        self._http = http

    async def __call__(
        self, function: str, payload: JsonValue, deadline: float | None
    ) -> JsonValue:
        """The function's result. Raises HandlerError as the function or Lambda failed."""
        found = _FUNCTION.match(function)
        if found is None or function.startswith(_SERVICES):
            handler = self._handlers.get(function)
            if handler is None:
                raise ServiceError("States.TaskFailed", f"no handler offers '{function}'")
            return await _called(handler, payload, Context(function, deadline))
        handler = self._handlers.get(found["name"])
        if handler is not None:
            return await _called(handler, payload, Context(found["name"], deadline))
        if self._endpoint is None or self._http is None:
            raise ServiceError(
                "Lambda.ResourceNotFoundException", f"Function not found: {function}"
            )
        return await self._invoked(found["name"], found["qualifier"], payload, deadline)

    async def _invoked(
        self, name: str, qualifier: str | None, payload: JsonValue, deadline: float | None
    ) -> JsonValue:
        assert self._http is not None
        address = f"{self._endpoint}/2015-03-31/functions/{quote(name)}/invocations"
        seconds = LONGEST_CALL if deadline is None else max(deadline - time.time(), 0.1)
        try:
            answer = await self._http.post(
                address,
                params={"Qualifier": qualifier} if qualifier else {},
                content=to_json(payload),
                headers={"Content-Type": "application/json"},
                timeout=min(seconds, LONGEST_CALL),
            )
        except httpx.HTTPError as error:
            raise ServiceError("Lambda.SdkClientException", f"{address}: {error}") from error
        if len(answer.content) > MAX_ANSWER_BYTES:
            raise ServiceError("Lambda.ResponseSizeTooLarge", f"over {MAX_ANSWER_BYTES} bytes")
        if not answer.is_success:
            raise _refused(answer)
        value = _value(answer)
        if "x-amz-function-error" in answer.headers:
            raise _failed(value)
        return value


class Context:
    """What a Python handler is told of its call, as far as Lambda's own context has it."""

    def __init__(self, function_name: str, deadline: float | None) -> None:
        self.function_name = function_name
        self.function_version = "$LATEST"
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Until the Task times out."""
        left = LONGEST_CALL if self._deadline is None else self._deadline - time.time()
        return max(int(left * 1000), 0)


async def _called(handler: Handler, payload: JsonValue, context: Context) -> JsonValue:
    # A handler may do as it likes with its event; states share theirs.
    event = from_json(to_json(payload))
    # What it raises is the engine's matter: the class's name is the error, the text its message.
    if inspect.iscoroutinefunction(handler):
        result = await handler(event, context)
    else:
        result = await _threaded(lambda: handler(event, context))
    try:
        return from_json(to_json(result))
    except (TypeError, ValueError) as error:
        raise HandlerError(
            "Runtime.MarshalError", f"Unable to marshal response: {error}"
        ) from error


async def _threaded(call: Callable[[], Any]) -> Any:
    """The call's outcome. Its thread keeps no process alive that wants to end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(result)
        else:
            named = HandlerError(type(error).__name__, str(error))
            done.set_exception(error if isinstance(error, HandlerError) else named)

    def work() -> None:
        result = None
        try:
            result = call()
        finally:  # what it raised goes on, so that its author sees where it came from
            error = sys.exc_info()[1]
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True).start()
    return await done


def _value(answer: httpx.Response) -> JsonValue:
    try:
        return from_json(answer.content) if answer.content else None
    except ValueError as error:
        raise ServiceError("Lambda.InvalidResponse", f"the answer is not JSON: {error}") from error


def _failed(value: JsonValue) -> HandlerError:
    told = value if isinstance(value, dict) else {}
    trace = told.get("stackTrace")
    return HandlerError(
        str(told.get("errorType", "Exception")),
        str(told.get("errorMessage", "")),
        [str(line) for line in trace] if isinstance(trace, list) else (),
    )


def _refused(answer: httpx.Response) -> ServiceError:
    name = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
    try:
        told = from_json(answer.content)
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    name = name or str(told.get("__type", "")) or f"Status{answer.status_code}"
    text = told.get("Message") or told.get("message") or answer.text[:1000]
    return ServiceError(f"Lambda.{name}", str(text))


def load_handlers(place: str) -> Mapping[str, Handler]:
    """The mapping that `module:name` holds, by function name. Raises Invalid."""
    module, _, name = place.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:  # as `python -m` would look
        sys.path.insert(0, folder)
    try:
        found = getattr(importlib.import_module(module), name or "handlers")
    except (ImportError, AttributeError) as error:
        raise Invalid(f"cannot load the handlers {place!r}: {error}") from error
    if not isinstance(found, Mapping) or not all(callable(handler) for handler in found.values()):
        raise Invalid(f"{place!r} must be a mapping of function names to functions")
    return found
