"""Expressions as JSONata 2.0.6 with the same value for all data: never undefined, never failing.

JSONata flattens arrays of one, maps over arrays unasked, drops undefined and refuses mixed types;
each form is written so that none of that can show. What takes more than a few characters is a
helper, defined once per block.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from weft.expressions.ast import (
    Array,
    At,
    Binary,
    Call,
    Concat,
    Expr,
    Get,
    If,
    JsonValue,
    Lambda,
    Let,
    Literal,
    Object,
    Ref,
    RefKind,
    Slice,
    Unary,
    Var,
)
from weft.expressions.functions import FILLS, FUNCTIONS
from weft.expressions.helpers import definitions
from weft.expressions.jsonata_text import literal, member, string
from weft.expressions.regex import parse_pattern
from weft.expressions.regex import to_jsonata as pattern_to_jsonata

Name = Callable[[Ref], str]

_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div", "//": "idiv", "%": "mod"}
_ORDER = {"<": ("lt", False), "<=": ("le", False), ">": ("lt", True), ">=": ("le", True)}
_ALWAYS_OBJECTS = (RefKind.TRIGGER, RefKind.RUN)


@dataclass(frozen=True, slots=True)
class Lowered:
    """JSONata text and the helpers it calls; `with_helpers` joins them."""

    text: str
    helpers: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Out:
    """Text that binds tightly, whether it may be undefined for null, and its type where sure."""

    text: str
    maybe_undefined: bool = False
    kind: str = ""  # "string", "number", "boolean", "array", "object" or "" for unknown or null


def to_jsonata(expr: Expr, name: Name) -> str:
    """One self-contained JSONata expression, of what `not_native` finds nothing in.

    `name(ref)` is the text of a free name: a variable or a path below one, which may be undefined
    for null.
    """
    lowered = lower(expr, name)
    return with_helpers(lowered.text, lowered.helpers)


def lower(expr: Expr, name: Name) -> Lowered:
    """The expression without the definitions of its helpers, for several in one block."""
    emitter = _Emitter(name)
    text = emitter.defined(emitter.emit(expr, {}))
    return Lowered(text, frozenset(emitter.helpers))


def with_helpers(text: str, helpers: frozenset[str]) -> str:
    """A block that defines the helpers before `text`; `text` itself when there are none."""
    return f"({definitions(helpers)}{text})" if helpers else text


@dataclass(slots=True)
class _Emitter:
    name: Name
    helpers: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def variable(self) -> str:
        return f"$_{next(self._numbers)}"

    def helper(self, name: str, *args: str, undefined: bool = True, kind: str = "") -> _Out:
        self.helpers.add(name)
        return _Out(f"$_{name}({','.join(args)})", undefined, kind)

    def defined(self, out: _Out) -> str:
        """The text of a value that is null, not undefined, where data is missing."""
        if not out.maybe_undefined:
            return out.text
        v = self.variable()
        return f"({v}:={out.text};$exists({v})?{v}:null)"

    def guarded(self, out: _Out, kind: str, then: Callable[[str], str]) -> str:
        """`then` of the value where it has the type, undefined elsewhere; evaluated once."""
        if out.kind == kind:
            return f"({then(out.text)})"
        v = self.variable()
        return f"({v}:={out.text};$type({v})='{kind}'?{then(v)})"

    def condition(self, expr: Expr, scope: dict[str, str]) -> str:
        out = self.emit(expr, scope)
        return out.text if out.kind == "boolean" else self.helper("true", out.text).text

    def emit(self, expr: Expr, scope: dict[str, str]) -> _Out:
        match expr:
            case Literal(value):
                return _Out(literal(value), kind=_kind(value))
            case Ref(kind):
                known = "object" if kind in _ALWAYS_OBJECTS else ""
                return _Out(self.name(expr), maybe_undefined=True, kind=known)
            case Var(name):
                # Parameters and Let values are never undefined.
                return _Out(scope[name])
            case Get() | At():
                return self.path(expr, scope)
            case Slice(base, start, stop):
                bounds = [self.emit(b, scope).text if b else "null" for b in (start, stop)]
                return self.helper("slice", self.emit(base, scope).text, *bounds)
            case Array(items):
                return _Out(f"[{','.join(self.item(i, scope) for i in items)}]", kind="array")
            case Object(fields):
                last = dict(fields)
                pairs = (
                    f"{string(k)}:{self.defined(self.emit(v, scope))}" for k, v in last.items()
                )
                return _Out("{" + ",".join(pairs) + "}", kind="object")
            case Concat(parts):
                return self.text(parts, scope)
        return self.computed(expr, scope)

    def computed(self, expr: Expr, scope: dict[str, str]) -> _Out:
        match expr:
            case If(condition, then, otherwise):
                a, b = self.emit(then, scope), self.emit(otherwise, scope)
                text = f"({self.condition(condition, scope)}?{a.text}:{b.text})"
                kind = a.kind if a.kind == b.kind else ""
                return _Out(text, a.maybe_undefined or b.maybe_undefined, kind)
            case Unary("not", operand):
                return _Out(f"$not({self.condition(operand, scope)})", kind="boolean")
            case Unary(_, operand):
                out = self.emit(operand, scope)
                return _Out(self.guarded(out, "number", lambda v: f"-{v}"), maybe_undefined=True)
            case Binary():
                return self.binary(expr, scope)
            case Let(name, value, body):
                v = self.variable()
                bound = self.defined(self.emit(value, scope))
                inner = self.emit(body, {**scope, name: v})
                return _Out(f"({v}:={bound};{inner.text})", inner.maybe_undefined, inner.kind)
            case Call(function, args):
                return self.call(function, args, scope)
        raise AssertionError(f"not an expression: {expr!r}")

    def path(self, expr: Expr, scope: dict[str, str]) -> _Out:
        """A chain of constant members and indexes over one base, each step guarded."""
        steps: list[str | int] = []
        while True:
            if isinstance(expr, Get):
                steps.append(expr.key)
                expr = expr.base
            elif isinstance(expr, At) and (place := _place(expr.index)) is not None:
                steps.append(place)
                expr = expr.base
            else:
                break
        if not steps and isinstance(expr, At):
            base, index = self.emit(expr.base, scope), self.emit(expr.index, scope)
            return self.helper("at", base.text, index.text)
        out = self.emit(expr, scope)
        steps.reverse()
        if isinstance(expr, Ref) and out.kind == "object" and isinstance(steps[0], str):
            out = _Out(member(out.text, steps[0]), maybe_undefined=True)
            del steps[0]
        return _Out(self.steps(out.text, steps), maybe_undefined=True) if steps else out

    def steps(self, base: str, steps: list[str | int]) -> str:
        v = self.variable()
        text = f"({v}:={base};"
        for position, step in enumerate(steps):
            kind, reached = (
                ("object", member(v, step)) if isinstance(step, str) else ("array", f"{v}[{step}]")
            )
            again = "" if position == len(steps) - 1 else f"{v}:="
            text += f"{again}$type({v})='{kind}'?{reached}{';' if again else ')'}"
        return text

    def item(self, expr: Expr, scope: dict[str, str]) -> str:
        """An element of an array constructor, which would flatten an array that is not literal."""
        out = self.emit(expr, scope)
        literally = isinstance(expr, Array) or (
            isinstance(expr, Literal) and isinstance(expr.value, list)
        )
        if literally or (out.kind and out.kind != "array" and not out.maybe_undefined):
            return out.text
        if isinstance(expr, Literal):
            return out.text
        return self.helper("box", out.text).text

    def text(self, parts: tuple[Expr, ...], scope: dict[str, str]) -> _Out:
        texts = [self.as_text(part, scope) for part in parts]
        if not texts:
            return _Out("''", kind="string")
        if len(texts) == 1:
            return _Out(texts[0], kind="string")
        return _Out(f"({'&'.join(texts)})", kind="string")

    def as_text(self, expr: Expr, scope: dict[str, str]) -> str:
        out = self.emit(expr, scope)
        if out.kind == "string" and not out.maybe_undefined:
            return out.text
        return self.helper("text", out.text).text

    def binary(self, expr: Binary, scope: dict[str, str]) -> _Out:
        op, left, right = expr.op, expr.left, expr.right
        if op in ("and", "or"):
            a, b = self.condition(left, scope), self.condition(right, scope)
            return _Out(f"({a} {op} {b})", kind="boolean")
        if op in ("==", "!="):
            equal = self.equality(left, right, scope)
            return _Out(equal if op == "==" else f"$not({equal})", kind="boolean")
        if op == "~":
            return self.text((left, right), scope)
        if op in _ORDER:
            return self.order(op, left, right, scope)
        a_out, b_out = self.emit(left, scope), self.emit(right, scope)
        if op == "in":
            return self.helper("in", a_out.text, b_out.text, undefined=False, kind="boolean")
        known = right.value if isinstance(right, Literal) else None
        if isinstance(known, (int, float)) and _cannot_overflow(op, known):
            text = self.guarded(a_out, "number", lambda v: f"{v}{op}{b_out.text}")
            return _Out(text, maybe_undefined=True)
        return self.helper(_ARITHMETIC[op], a_out.text, b_out.text)

    def equality(self, left: Expr, right: Expr, scope: dict[str, str]) -> str:
        a, b = self.emit(left, scope), self.emit(right, scope)
        # Undefined equals nothing, which is right beside a value that is not null.
        if (a.kind and not a.maybe_undefined) or (b.kind and not b.maybe_undefined):
            return f"({a.text}={b.text})"
        return self.helper("eq", a.text, b.text).text

    def order(self, op: str, left: Expr, right: Expr, scope: dict[str, str]) -> _Out:
        a, b = self.emit(left, scope), self.emit(right, scope)
        known = _kind(right.value) if isinstance(right, Literal) else ""
        if known == "number" or (known == "string" and _plain(right)):
            v = self.variable()
            text = f"({v}:={a.text};$type({v})='{known}'?{v}{op}{b.text}:false)"
            return _Out(text, kind="boolean")
        helper, swapped = _ORDER[op]
        first, second = (b, a) if swapped else (a, b)
        return self.helper(helper, first.text, second.text, undefined=False, kind="boolean")

    def call(self, name: str, args: tuple[Expr | Lambda, ...], scope: dict[str, str]) -> _Out:
        spec = FUNCTIONS[name]
        if name == "default":
            return self.default(args, scope)
        if name == "matches":
            return self.matches(args, scope)
        texts = [
            self.function(arg, scope, condition=mode == "c")
            if isinstance(arg, Lambda)
            else self.emit(arg, scope).text
            for arg, mode in zip(args, spec.modes, strict=False)
        ]
        if len(texts) < len(spec.modes):
            missing = "function($e,$i){$e}" if spec.modes[-1] == "f" else literal(FILLS.get(name))
            texts.append(missing)
        kind = spec.kind if name in ("string", "tojson", "type", "boolean") else ""
        return self.helper(name, *texts, undefined=not kind, kind=kind)

    def default(self, args: tuple[Expr | Lambda, ...], scope: dict[str, str]) -> _Out:
        value, other, *_ = [
            self.emit(arg, scope) for arg in args if not isinstance(arg, Lambda)
        ] + [_Out("null")]
        v = self.variable()
        text = f"({v}:={value.text};$type({v})!='null'?{v}:{other.text})"
        return _Out(text, other.maybe_undefined)

    def matches(self, args: tuple[Expr | Lambda, ...], scope: dict[str, str]) -> _Out:
        value, pattern = args
        assert isinstance(pattern, Literal) and not isinstance(value, Lambda)
        parsed = parse_pattern(str(pattern.value))
        out = self.emit(value, scope)
        return _Out(self.guarded(out, "string", lambda v: pattern_to_jsonata(parsed, v)), True)

    def function(self, expr: Lambda, scope: dict[str, str], *, condition: bool) -> str:
        params = [self.variable() for _ in range(2)]
        inner = {**scope, **dict(zip(expr.params, params, strict=False))}
        if condition:
            body = self.condition(expr.body, inner)
        else:
            body = self.defined(self.emit(expr.body, inner))
        return f"function({','.join(params)}){{{body}}}"


def _kind(value: JsonValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _plain(text: Expr) -> bool:
    """Is a constant text ordered alike by code points and by UTF-16 units, whatever the other?"""
    return isinstance(text, Literal) and max(str(text.value), default="") < "\ud800"


def _place(index: Expr) -> int | None:
    if isinstance(index, Literal) and type(index.value) is int and abs(index.value) < 2**31:
        return index.value
    return None


def _cannot_overflow(op: str, constant: int | float) -> bool:
    """May `number op constant` be computed unchecked?"""
    if isinstance(constant, bool):
        return False
    if op in ("+", "-"):
        return False
    if op == "*":
        return abs(constant) <= 1
    return op == "/" and abs(constant) >= 1
