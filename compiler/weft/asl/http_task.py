"""The HTTP Task (`http:invoke`): what it can send, how it fails, and how its answer is read.

Source: AWS, "Call HTTPS APIs in Step Functions workflows". The answer is
`{"StatusCode", "StatusText", "Headers": {name: [values]}, "ResponseBody"}` for a status of 2xx;
any other status is the error `States.Http.StatusCode.<status>`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

HTTP_INVOKE: Final = "http:invoke"
MAX_SECONDS: Final = 60
MAX_ANSWER: Final = 262_144  # bytes of a body, as of any state's output
SOCKET: Final = "States.Http.Socket"
STATUS: Final = "States.Http.StatusCode."
# Names our own steps fail with, whoever makes the call.
TRANSIENT: Final = "TransientStepError"
PERMANENT: Final = "PermanentStepError"

# The statuses that may pass: RFC 9110, RFC 6585, those of the IANA registry and of big proxies.
_STATUSES: Final = (408, 425, 429, *range(500, 512), *range(520, 531), 598, 599)
PASSING: Final = (SOCKET, *(f"{STATUS}{status}" for status in _STATUSES))
# The same without end, for names; in the syntax that Python and JSONata share.
PASSING_PATTERN: Final = r"^States\.Http\.(Socket|StatusCode\.(408|425|429|5[0-9][0-9]))$"

# Headers that a task may not set, or that the service sets itself.
RESTRICTED_HEADERS: Final = frozenset(
    {"a-im", "accept-charset", "accept-datetime", "accept-encoding", "authorization",
     "cache-control", "connection", "content-encoding", "content-length", "content-md5", "date",
     "expect", "forwarded", "from", "host", "http2-settings", "if-match", "if-modified-since",
     "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "max-forwards", "origin",
     "pragma", "proxy-authorization", "proxy-connection", "range", "referer", "server", "te",
     "trailer", "transfer-encoding", "upgrade", "user-agent", "via", "warning"}
)  # fmt: skip
RESTRICTED_PREFIXES: Final = ("x-forwarded-", "x-amz-", "x-amzn-")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, token


def may_be_set(header: str) -> bool:
    """Whether a task may send a header of that name."""
    name = header.lower()
    return (
        _NAME.fullmatch(name) is not None
        and name not in RESTRICTED_HEADERS
        and not name.startswith(RESTRICTED_PREFIXES)
    )


def own_error(name: str) -> str:
    """The name a step of ours has for the same failure, so that placement changes no graph."""
    if re.search(PASSING_PATTERN, name):
        return TRANSIENT
    return PERMANENT if name.startswith(STATUS) else name


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing of an answer: as JSONata over `$r`, and the same in Python."""

    jsonata: str
    read: Callable[[dict[str, Any]], Any]


def _headers(answer: dict[str, Any]) -> dict[str, str]:
    return {
        name.lower(): ", ".join(map(str, held)) if isinstance(held, list) else str(held)
        for name, held in answer.get("Headers", {}).items()
    }


def _body(answer: dict[str, Any]) -> Any:
    body = answer.get("ResponseBody")
    return None if body == "" else body


READINGS: Final[dict[str, Reading]] = {
    "body": Reading(
        "$exists($r.ResponseBody) and $r.ResponseBody != '' ? $r.ResponseBody : null", _body
    ),
    "status": Reading("$r.StatusCode", lambda answer: answer.get("StatusCode")),
    "headers": Reading(
        "$merge([$each($r.Headers, function($v, $k) "
        "{{$lowercase($k): $type($v) = 'array' ? $join($v, ', ') : $string($v)}})])",
        _headers,
    ),
    "nothing": Reading("null", lambda answer: None),
}
