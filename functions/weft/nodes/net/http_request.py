"""Calls a URL and gives back what it answers."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode, urlsplit

from pydantic import Field, JsonValue

from weft.domain.errors import PermanentStepError, TransientStepError
from weft.domain.graph import Settings
from weft.expressions.ast import Literal as Constant
from weft.expressions.values import Meter, text_of
from weft.ir.ops import Invoke, Op
from weft.ir.ports import Kind, Port
from weft.nodekit.config import NodeConfig, Templated, Text, Value
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, Need, NodeType
from weft.nodes.credentials import HTTP_API_KEY, HTTP_BASIC, HTTP_BEARER
from weft.nodes.http_answer import body_of
from weft.nodes.http_auth import Proof, proof_of
from weft.nodes.native_http import Sent, native_call
from weft.ports.http import HttpOptions, HttpReply

# RFC 9110, 9.2.2: doing it twice is doing it once.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_MAY_PASS = frozenset({408, 425, 429})
_SHOWN = 300  # characters of an error answer that go into the message
_MAX_BYTES = 10 * 1024 * 1024


class HttpRequestConfig(NodeConfig):
    """The request, and what its answer means."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = Field(
        default="GET", title="Method", description="HTTP method."
    )
    url: Text = Field(title="URL", description="Address that starts with http:// or https://.")
    headers: Annotated[dict[str, JsonValue], Templated()] = Field(
        default_factory=dict,
        title="Headers",
        description="Values by name. Secrets belong into a credential.",
    )
    query: Annotated[dict[str, JsonValue], Templated()] = Field(
        default_factory=dict,
        title="Query",
        description="Parameters by name; a list gives the name several times, null leaves it out.",
    )
    body: Value = Field(default=None, title="Body", description="What is sent; null sends none.")
    body_type: Literal["json", "text", "form"] = Field(
        default="json", title="Body type", description="How the body is written."
    )
    credential: str | None = Field(
        default=None,
        title="Credential",
        description="User and password, bearer token, or API key; sent to its hosts only.",
    )
    timeout_seconds: float | None = Field(
        default=None,
        gt=0,
        le=300,
        title="Time limit",
        description="Seconds for the whole exchange; the workflow's HTTP limit if left out.",
    )
    follow_redirects: bool = Field(
        default=True, title="Follow redirects", description="Goes where the answer points."
    )
    fail_on_status: bool = Field(
        default=True,
        title="Fail on error status",
        description="Statuses from 400 on fail the step; 408, 425, 429 and 5xx are tried again.",
    )
    max_bytes: int = Field(
        default=262_144,
        ge=1,
        le=_MAX_BYTES,
        title="Largest answer",
        description="Bytes. Over 256 KiB, no expression may read all of it.",
    )


def lower(node: BoundNode[HttpRequestConfig]) -> Op:
    """A call in the runner group that reaches the network, or the host's own where it can."""
    limit = node.config.timeout_seconds or node.settings.http_timeout_seconds
    sent = Sent(*(node.value(name) for name in ("url", "headers", "query", "body")))
    return Invoke(
        "net",
        NODE.name,
        NODE.version,
        {**node.values(), "timeout_seconds": Constant(limit)},
        credential=node.config.credential,
        outputs=("response", "status", "headers"),
        idempotent=node.config.method in _IDEMPOTENT,
        native=native_call(node.config, sent, limit),
    )


def run(config: HttpRequestConfig, inputs: Data, ctx: StepContext) -> Data:
    """The answer's body, status and headers.

    Raises `TransientStepError` for a status that may pass, `PermanentStepError` for other errors.
    """
    proof = proof_of(ctx.secrets.resolve(config.credential)) if config.credential else Proof()
    reply = ctx.http.request(config.method, config.url, **_options(config, proof, ctx.call.key))
    if config.fail_on_status and reply.status >= 400:
        _fail(config, reply)
    return {
        "response": body_of(config.method, reply),
        "status": reply.status,
        "headers": dict(reply.headers),
    }


def _options(config: HttpRequestConfig, proof: Proof, key: str) -> HttpOptions:
    given = {
        name.lower(): _text(value) for name, value in config.headers.items() if value is not None
    }
    if config.method not in _IDEMPOTENT:
        # The same over all attempts, so that a server that knows the header acts once.
        given.setdefault("idempotency-key", key)
    query = {name: _texts(value) for name, value in config.query.items() if value is not None}
    options: HttpOptions = {
        "query": {**query, **proof.query},
        "timeout": config.timeout_seconds or Settings().http_timeout_seconds,
        "follow_redirects": config.follow_redirects,
        "max_bytes": config.max_bytes,
    }
    if proof.auth is not None:
        options["auth"] = proof.auth
    if config.body is not None:
        if config.body_type == "json":
            options["json"] = config.body
        else:
            content, kind = _written(config)
            options["body"] = content
            given.setdefault("content-type", kind)
    options["headers"] = {**given, **{n.lower(): v for n, v in proof.headers.items()}}
    return options


def _written(config: HttpRequestConfig) -> tuple[str, str]:
    """A body that is not JSON, and its content type."""
    if config.body_type == "text":
        return _text(config.body), "text/plain; charset=utf-8"
    if not isinstance(config.body, dict):
        raise PermanentStepError("a form body must be an object of fields")
    fields = {name: _texts(value) for name, value in config.body.items() if value is not None}
    return urlencode(fields, doseq=True), "application/x-www-form-urlencoded"


def _texts(value: Any) -> str | list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    """As expressions write values into text."""
    return text_of(value, Meter())


def _fail(config: HttpRequestConfig, reply: HttpReply) -> None:
    # Without the query: it may hold a key.
    where = urlsplit(config.url)
    asked = f"{config.method} {where.scheme}://{where.hostname}{where.path}"
    said = " ".join(reply.text[:_SHOWN].split())
    message = f"{asked} answered {reply.status}{': ' + said if said else ''}"
    if reply.status >= 500 or reply.status in _MAY_PASS:
        raise TransientStepError(message)
    raise PermanentStepError(message)


NODE: NodeType[HttpRequestConfig] = NodeType(
    name="http_request",
    version=1,
    title="HTTP request",
    description="Calls a URL and gives back the answer.",
    category=Category.NET,
    config=HttpRequestConfig,
    lower=lower,
    outputs=(
        Port("response", description="The body: JSON, text, or base64 of anything else"),
        Port("status", Kind.NUMBER, description="The HTTP status"),
        Port("headers", Kind.OBJECT, description="Header values by name in lower case"),
    ),
    run=run,
    group="net",
    needs=frozenset({Need.HTTP, Need.SECRETS}),
    credentials=(HTTP_BASIC, HTTP_BEARER, HTTP_API_KEY),
    icon="globe",
)
