"""The same HTTP request as a task of the host, where the host can make it with the same meaning.

EventBridge connections carry all our HTTP credentials: basic authentication, a key in a header (a
bearer token is one), and a secret query parameter. Without a credential there is no connection,
and without a connection the host makes no call.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from weft.asl.http_task import (
    HTTP_INVOKE,
    MAX_ANSWER,
    MAX_SECONDS,
    PASSING,
    may_be_set,
)
from weft.expressions.ast import (
    Array,
    Binary,
    Call,
    Concat,
    Expr,
    If,
    JsonValue,
    Lambda,
    Let,
    Literal,
    Object,
    Var,
)
from weft.expressions.types import Kind, kind_of
from weft.expressions.values import Meter, text_of
from weft.ir.ops import NativeCall, OnRunner

# Scheme and host are written out, and what follows cannot change the host.
_HOST = re.compile(r"https://(?P<host>[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)(:[0-9]{1,5})?(?=[/?#]|\Z)")
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_ENCODING: JsonValue = {
    "RequestBodyEncoding": "URL_ENCODED",
    "RequestEncodingOptions": {"ArrayFormat": "REPEAT"},
}


class Request(Protocol):
    """The constants of a node's config."""

    @property
    def method(self) -> str: ...
    @property
    def body_type(self) -> str: ...
    @property
    def credential(self) -> str | None: ...
    @property
    def follow_redirects(self) -> bool: ...
    @property
    def fail_on_status(self) -> bool: ...
    @property
    def max_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request consists of, as expressions."""

    url: Expr
    headers: Expr
    query: Expr
    body: Expr


def native_call(request: Request, sent: Sent, limit: float) -> NativeCall | OnRunner:
    """The call as the host makes it, or the first thing in its way. `limit`: seconds."""
    why = next(_obstacles(request, sent, limit), None)
    if why is not None:
        return why
    given = {name.lower(): value for name, value in _fields(sent.headers) or ()}
    arguments: dict[str, Expr] = {
        "ApiEndpoint": sent.url,
        "Method": Literal(request.method),
        "Authentication": Literal({"ConnectionArn": f"connection:{request.credential}"}),
    }
    body = sent.body
    if body != Literal(None):
        form = request.body_type == "form"
        given.setdefault("content-type", _unless_null(body, _FORM if form else _JSON))
        arguments["RequestBody"] = _present(dict(_fields(body) or ()), _texts) if form else body
        if form:
            arguments["Transform"] = Literal(_ENCODING)
    keyed = "idempotency-key" not in given
    arguments["Headers"] = _present(given, _text)
    if sent.query != Literal({}):
        arguments["QueryParameters"] = _present(dict(_fields(sent.query) or ()), _texts)
    answer = "nothing" if request.method == "HEAD" else "body"
    return NativeCall(
        HTTP_INVOKE,
        arguments,
        {"response": answer, "status": "status", "headers": "headers"},
        PASSING,
        int(limit),
        ("Headers", "Idempotency-Key") if keyed else None,
    )


def _obstacles(request: Request, sent: Sent, limit: float) -> Iterator[OnRunner]:
    if request.credential is None:
        yield OnRunner("the host calls nothing without a credential", "give it a credential")
    elif not _is_public(sent.url):
        hint = "write https:// and the host's name out; expressions may follow behind them"
        yield OnRunner("the host calls public https:// addresses it knows beforehand", hint)
    if limit > MAX_SECONDS or limit != int(limit):
        hint = f"set the time limit to whole seconds, {MAX_SECONDS} at most"
        yield OnRunner(f"its time limit is {limit:g} seconds", hint)
    if not request.fail_on_status:
        yield OnRunner("to the host an error status is an error", "let the step fail on it")
    if not request.follow_redirects:
        yield OnRunner("to the host a redirect is no answer", "follow redirects")
    if request.max_bytes < MAX_ANSWER:
        yield OnRunner("the host cannot cut answers short", f"set {MAX_ANSWER} bytes or more")
    yield from _unsendable(request, sent)


def _unsendable(request: Request, sent: Sent) -> Iterator[OnRunner]:
    written = "write the names out; their values may be expressions"
    named, asked = _fields(sent.headers), _fields(sent.query)
    if named is None or asked is None:
        yield OnRunner("names of headers or parameters are only known in a run", written)
    kept = [name for name, _ in named or () if not may_be_set(name)]
    if kept:
        yield OnRunner(f"the host does not let a call set the header {kept[0]}", "leave it out")
    body = sent.body
    if body == Literal(None):
        return
    if request.body_type == "text":
        yield OnRunner("the host sends JSON or a form", "send the body as JSON, if that is meant")
    elif request.body_type == "form" and _fields(body) is None:
        yield OnRunner("the fields of the form are only known in a run", written)
    elif request.body_type == "json" and kind_of(body, lambda ref: None) is Kind.STRING:
        yield OnRunner("the host sends a text as it is, not as JSON", "send an object")


def _is_public(url: Expr) -> bool:
    first = url.parts[0] if isinstance(url, Concat) else url
    if not isinstance(first, Literal) or not isinstance(first.value, str):
        return False
    found = _HOST.match(first.value)
    if found is None or (isinstance(url, Concat) and found.end() == len(first.value)):
        return False
    try:
        ipaddress.ip_address(found["host"])
    except ValueError:
        return True
    return False


def _fields(expr: Expr) -> list[tuple[str, Expr]] | None:
    """The members of an object whose names are known."""
    if isinstance(expr, Object):
        return list(expr.fields)
    if isinstance(expr, Literal) and isinstance(expr.value, dict):
        return [(name, Literal(value)) for name, value in expr.value.items()]
    return None


def _present(fields: dict[str, Expr], written: Callable[[Expr], Expr]) -> Expr:
    """An object of the fields that are not null, written as text."""
    sure = {name: value for name, value in fields.items() if _never_null(value)}
    found: Expr = _object(tuple((name, written(value)) for name, value in sure.items()))
    for name, value in fields.items():
        if name in sure or value == Literal(None):
            continue
        here = Var("given")
        more = If(Binary("==", here, Literal(None)), Literal({}), Object(((name, written(here)),)))
        found = Call("merge", (found, Let("given", value, more)))
    return found


def _object(fields: tuple[tuple[str, Expr], ...]) -> Expr:
    known = {name: value.value for name, value in fields if isinstance(value, Literal)}
    return Literal(known) if len(known) == len(fields) else Object(fields)


def _never_null(expr: Expr) -> bool:
    match expr:
        case Literal(value):
            return value is not None
        case If(_, then, otherwise):
            return _never_null(then) and _never_null(otherwise)
        case Call("string", _):
            return True
        case _:
            return isinstance(expr, Concat | Array | Object)


def _unless_null(expr: Expr, value: str) -> Expr:
    if _never_null(expr):
        return Literal(value)
    return If(Binary("==", expr, Literal(None)), Literal(None), Literal(value))


def _text(expr: Expr) -> Expr:
    if isinstance(expr, Literal):
        return Literal(text_of(expr.value, Meter()))
    return expr if isinstance(expr, Concat) else Call("string", (expr,))


def _texts(expr: Expr) -> Expr:
    """A text, or one per element of a list."""
    if isinstance(expr, Literal):
        held: JsonValue = expr.value
        return (
            Literal([text_of(i, Meter()) for i in held]) if isinstance(held, list) else _text(expr)
        )
    if isinstance(expr, Concat):
        return expr
    each = Lambda(("element", "index"), Call("string", (Var("element"),)))
    is_list = Binary("==", Call("type", (expr,)), Literal("array"))
    return If(is_list, Call("map", (expr, each)), Call("string", (expr,)))
