"""Random expressions and data of every form the language has."""

from collections.abc import Callable
from typing import Any

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
from weft.expressions.functions import FUNCTIONS

KEYS = ("k", "id", "list", "10", "2", "01", "a b", "in", "constructor", "é😀", "\uff01", "😀", "")
TEXTS = (
    "", "a", "abc", "b,a,c", " x y ", "10", "-2.5", "1e3", "Ünï", "😀", "a😀b", "it's", 'say "hi"',
    "back\\slash", "{% x %}", "%}", "line\nbreak\t", "\x01", "true", "$1 $0", "null", "\u2028",
    "\uff01", "\uffff", "\x7f", "ßς", "A\u0301", "2024-02-29T23:59:59.5+01:00",
)  # fmt: skip
NUMBERS = (
    0, 1, 2, 3, -1, -2, 7, 10, 100, 0.5, 0.1, -1.5, 2.675, 0.2, 2.5, -0.0, 0.1 + 0.2, 1 / 3, 1e-7,
    -1.5e-7, 123456.789, 1e300, -1e300, 1e-300, 5e-324, 1e15, 999999999999999.9, 1e15 + 0.5,
    1732147200123456, 1e20, 123456789012345683968, 1e21, 1.2345678901234567e25, 9007199254740991,
    -9007199254740991, 2.0**60, 655.35 / 65536, 6554.0 / 65536, 1234567890123.125, 1.797e308,
)  # fmt: skip
PATTERNS = ("a", "^a", "b$", "^[a-c,]*$", "^.$", "x|y", "\\d+", "[^a]", "^$", "\\s", "😀", "a?")

Pick = Callable[[int], int]


# What the references usually hold; at times they hold anything.
HOLDS = {
    "n": "number", "s": "string", "b": "boolean", "o": "object",
    "xs": "array", "rows": "array", "u": "any",
}  # fmt: skip
ARGUMENTS = {
    "replace": ("string", "string", "string"), "split": ("string", "string"),
    "startswith": ("string", "string"), "endswith": ("string", "string"),
    "contains": ("any", "string"), "merge": ("object", "object"), "join": ("array", "string"),
    "round": ("number", "number"), "default": ("any", "any"), "length": ("any",),
    "type": ("any",), "string": ("any",), "boolean": ("any",), "tojson": ("any",),
    "number": ("string",), "int": ("string",), "keys": ("object",), "values": ("object",),
    "items": ("object",), "map": ("array",), "filter": ("array",), "any": ("array",),
    "all": ("array",), "sort": ("array",), "sum": ("array",), "min": ("array",),
    "max": ("array",), "first": ("array",), "last": ("array",), "reverse": ("array",),
    "unique": ("array",), "floor": ("number",), "ceil": ("number",), "abs": ("number",),
    "matches": ("string",), "upper": ("string",), "lower": ("string",), "trim": ("string",),
    "words": ("string",), "groupby": ("array",), "reduce": ("array", "any", "any"),
    "flatten": ("array",), "range": ("number", "number"), "fromitems": ("array",),
    "fixed": ("number", "number"), "urlencode": ("string",), "epoch": ("instant",),
    "isotime": ("instant", "offset"), "dateparts": ("instant", "offset"),
    "utcoffset": ("instant", "offset"), "base64encode": ("string",), "base64decode": ("string",),
}  # fmt: skip
OPERANDS = {
    "number": ("+", "-", "*", "/", "//", "%"), "string": ("~", "+"), "array": ("+",),
    "boolean": ("==", "!=", "<", "<=", ">", ">=", "and", "or", "in"),
}  # fmt: skip
SPECIAL_VALUES: dict[str, tuple[JsonValue, ...]] = {
    "instant": (
        "2024-02-29T23:59:59.5+01:00", "2023-02-29", "1969-12-31", "0000-01-01T00:00+23:59",
        "9999-12-31 23:59:59.999999999", "2000-02-29T12:30Z", "2024-06-30T08:05:09-11:30",
        "2024-1-1", "2024-13-01", "2024-12-31T24:00Z", "2024-02-30", "2024-01-01T10:00:00z", 0,
        -0.001, 1732147200.123, 253402300799.999, 253402300800, -62167219200, 951782400, 1e300,
    ),
    "offset": ("Z", "+00:00", "-11:30", "+23:59", "+24:00", "+1:00", "Europe/Berlin", ""),
}  # fmt: skip
KINDS = ("number", "string", "boolean", "array", "object", "any")


class Maker:
    """Draws values and expressions; `pick(n)` chooses from 0 to n - 1, the simplest first."""

    def __init__(
        self,
        pick: Pick,
        texts: tuple[str, ...] = TEXTS,
        numbers: tuple[int | float, ...] = NUMBERS,
    ) -> None:
        self.pick = pick
        self.texts = texts
        self.numbers = numbers

    def of(self, options: Any) -> Any:
        """One of a sequence."""
        return options[self.pick(len(options))]

    def value(self, kind: str = "any", depth: int = 3) -> JsonValue:
        """JSON data of a kind."""
        if kind == "any":
            kind = self.of(("null", *KINDS[:3]) if depth <= 0 else ("null", *KINDS[:5]))
        if kind == "null":
            return None
        if kind == "boolean":
            return bool(self.pick(2))
        if kind in ("number", "string"):
            constant: JsonValue = self.of(self.numbers if kind == "number" else self.texts)
            return constant
        if kind == "object":
            return {self.of(KEYS): self.value("any", depth - 1) for _ in range(self.pick(5))}
        return self.array(depth)

    def array(self, depth: int) -> list[JsonValue]:
        """Numbers, texts, rows with keys in common, or anything."""
        form, length = self.pick(4), self.pick(5)
        if form < 2:
            return [self.value(KINDS[form]) for _ in range(length)]
        if form == 2:
            by = self.of(KINDS[:2])
            return [{"k": self.value(by), "id": self.value("any", 0)} for _ in range(length)]
        return [self.value("any", depth - 1) for _ in range(length)]

    def environment(self) -> dict[Ref, JsonValue]:
        """A value for every reference; some may be missing."""
        found: dict[Ref, JsonValue] = {}
        for name, kind in HOLDS.items():
            if self.pick(12) != 11:
                found[Ref(RefKind.NODE, name)] = self.value(kind if self.pick(6) != 5 else "any")
        return found

    def expression(self, depth: int = 4, kind: str = "any", scope: tuple[str, ...] = ()) -> Expr:
        """Any form of the language, mostly of the kind, over HOLDS and the names of `scope`."""
        if kind == "any" or self.pick(8) == 7:
            kind = self.of(KINDS)
        if depth <= 0 or self.pick(5) == 0:
            return self.leaf(kind, scope)
        form = self.pick(10)
        if form < 3:
            return self.call(depth, kind, scope)
        if form < 5 and kind in OPERANDS:
            return self.binary(depth, kind, scope)
        if form == 5:
            return self.branch(depth, kind, scope)
        if form == 6:
            base = self.expression(depth - 1, "object", scope)
            return Get(base, self.of(KEYS) if self.pick(2) else self.of(("k", "id")))
        if form == 7:
            return self.indexed(depth, scope)
        return self.built(depth, kind, scope)

    def indexed(self, depth: int, scope: tuple[str, ...]) -> Expr:
        """An element or a part."""
        if self.pick(3) == 0:
            base = self.expression(depth - 1, self.of(("array", "string")), scope)
            ends = (None, Literal(0), Literal(1), Literal(-1), Literal(2), Ref(RefKind.NODE, "n"))
            return Slice(base, self.of(ends), self.of(ends))
        if self.pick(3) == 0:
            base = self.expression(depth - 1, "object", scope)
            return At(base, self.expression(depth - 2, "string", scope))
        base = self.expression(depth - 1, "array", scope)
        if self.pick(2):
            return At(base, Literal(self.pick(4) - 2))
        return At(base, self.expression(depth - 2, "number", scope))

    def built(self, depth: int, kind: str, scope: tuple[str, ...]) -> Expr:
        """A value put together."""
        if kind == "object":
            keys = {self.of(KEYS): None for _ in range(self.pick(4))}
            return Object(tuple((k, self.expression(depth - 1, "any", scope)) for k in keys))
        if kind == "string":
            parts = (self.expression(depth - 1, "any", scope) for _ in range(self.pick(4)))
            return Concat(tuple(parts))
        if kind == "boolean":
            return Unary("not", self.expression(depth - 1, "any", scope))
        if kind == "number":
            return Unary("-", self.expression(depth - 1, "number", scope))
        of = self.of(KINDS)
        return Array(tuple(self.expression(depth - 1, of, scope) for _ in range(self.pick(4))))

    def binary(self, depth: int, kind: str, scope: tuple[str, ...]) -> Expr:
        """An operator."""
        op = self.of(OPERANDS[kind])
        if op == "in":
            container = self.of(("array", "string", "object"))
            left = self.expression(depth - 1, self.of(("string", "any")), scope)
            return Binary(op, left, self.expression(depth - 1, container, scope))
        operands = self.of(KINDS[:3]) if kind == "boolean" else kind
        left = self.expression(depth - 1, operands, scope)
        return Binary(op, left, self.expression(depth - 1, operands, scope))

    def branch(self, depth: int, kind: str, scope: tuple[str, ...]) -> Expr:
        """A conditional or a `Let`."""
        if self.pick(2):
            name = f"v{len(scope)}"
            body = self.expression(depth - 1, kind, (*scope, name))
            return Let(name, self.expression(depth - 1, "any", scope), body)
        condition = self.expression(depth - 1, "boolean", scope)
        then, otherwise = (self.expression(depth - 1, kind, scope) for _ in range(2))
        return If(condition, then, otherwise)

    def leaf(self, kind: str, scope: tuple[str, ...]) -> Expr:
        """A name or a constant."""
        if scope and self.pick(2):
            name = Var(self.of(scope))
            return name if self.pick(2) else Get(name, self.of(("k", "id")))
        if self.pick(3):
            fitting = [name for name, held in HOLDS.items() if held == kind] or ["u"]
            return Ref(RefKind.NODE, self.of(fitting))
        return Literal(self.value(kind, 2))

    def special(self, depth: int, kind: str, scope: tuple[str, ...]) -> Expr:
        """A constant that means something to the function, or any text or number."""
        if self.pick(3):
            return Literal(self.of(SPECIAL_VALUES[kind]))
        return self.expression(depth - 1, self.of(KINDS[:2]), scope)

    def call(self, depth: int, kind: str, scope: tuple[str, ...]) -> Expr:
        """A function of the table, mostly of the kind."""
        fitting = [
            spec for spec in FUNCTIONS.values() if not spec.only_runner and spec.kind == kind
        ] or [FUNCTIONS["default"], FUNCTIONS["first"], FUNCTIONS["last"]]
        spec = self.of(fitting)
        wanted = ARGUMENTS[spec.name]
        number = spec.least + self.pick(len(spec.modes) - spec.least + 1)
        args: list[Expr | Lambda] = []
        for place, mode in enumerate(spec.modes[:number]):
            if spec.name == "matches" and place == 1:
                args.append(Literal(self.of(PATTERNS)))
            elif mode == "v" and wanted[place] in SPECIAL_VALUES:
                args.append(self.special(depth, wanted[place], scope))
            elif mode == "v":
                args.append(self.expression(depth - 1, wanted[place], scope))
            else:
                both = (f"v{len(scope)}", f"v{len(scope) + 1}")
                params = both if mode == "r" else both[: 1 + self.pick(2)]
                result = "boolean" if mode == "c" else "any"
                body = self.expression(depth - 1, result, scope + params)
                args.append(Lambda(params, body))
        return Call(spec.name, tuple(args))
