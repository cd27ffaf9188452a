"""The grammar of one expression: precedence climbing over lazily read tokens.

Precedence follows Jinja, from loose to tight: conditional, `or`, `and`, `not`, comparisons,
`+ -`, `~`, `* / // %`, sign, then filters, members and indexes.
"""

import re

from weft.expressions import calls, names
from weft.expressions.ast import (
    Array,
    At,
    Binary,
    Call,
    Expr,
    Get,
    If,
    Lambda,
    Literal,
    Object,
    Ref,
    Slice,
    Unary,
    Var,
)
from weft.expressions.errors import ExpressionError
from weft.expressions.lexer import Token, next_token

MAX_DEPTH = 100  # of the parsed form; keeps every later walk within the interpreter's stack
MAX_NODES = 10_000

_LAMBDA = re.compile(
    r"([A-Za-z_]\w*)\s*=>|\(\s*([A-Za-z_]\w*)\s*(?:,\s*([A-Za-z_]\w*)\s*)?\)\s*=>", re.ASCII
)
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False}
_NULLS = ("null", "none", "None", "nil")
_WORDS = {"and", "or", "not", "in", "if", "else", "is", *_CONSTANTS, *_NULLS}
_SYMBOLS = {"||": "or", "&&": "and"}
_LEVELS = {
    "or": 1, "and": 2, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4,
    "+": 5, "-": 5, "~": 6, "*": 7, "/": 7, "//": 7, "%": 7,
}  # fmt: skip
_COMPARISON = 4
_REFUSED = {
    "**": "There is no power operator.",
    "===": "Write ==.",
    "!==": "Write !=.",
    "=": "Write == to compare.",
    "=>": "Functions may only be arguments, as in map(item => item.price).",
}
_TYPES = {
    "number": "number", "string": "string", "boolean": "boolean",
    "mapping": "object", "object": "object", "sequence": "array", "array": "array",
}  # fmt: skip


class Parser:
    """Parses the expression that starts at `position`; `token` is then the first one behind it."""

    def __init__(self, source: str, position: int) -> None:
        self.source = source
        self.token: Token = next_token(source, position)
        self.bound: list[str] = []
        self.nodes = 0
        self.depth = 0

    def expression(self) -> Expr:
        """Conditional, both ways of writing it."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail("the expression is nested too deeply", "Split it over several nodes.")
        value = self.binary(1)
        if self.accept_word("if"):
            condition = self.binary(1)
            otherwise: Expr = Literal(None)
            if self.accept_word("else"):
                otherwise = self.expression()
            value = If(condition, value, otherwise)
        elif self.accept("?"):
            then = self.expression()
            self.expect(":")
            value = If(value, then, self.expression())
        self.depth -= 1
        return value

    def binary(self, level: int) -> Expr:
        """Operators of at least this level."""
        left = self.inverted() if level <= _COMPARISON - 1 else self.signed()
        compared = False
        while True:
            operator, negated = self.operator()
            if operator == "is" and level <= _COMPARISON:
                left = self.test(left)
                continue
            power = _LEVELS.get(operator, 0)
            if power < level or power == 0:
                return left
            if power == _COMPARISON and compared:
                raise self.fail("comparisons cannot be chained", "Join them with “and”.")
            compared = compared or power == _COMPARISON
            self.advance()
            if negated:
                self.advance()
            right = self.binary(power + 1)
            left = self.count(Binary(operator, left, right))
            left = Unary("not", left) if negated else left

    def operator(self) -> tuple[str, bool]:
        """The operator that the token is, and whether it is the `not` of `not in`."""
        text = self.token.text if self.token.kind in ("operator", "name") else ""
        if text == "not":
            following = next_token(self.source, self.token.end)
            return ("in", True) if following.text == "in" else ("", False)
        if self.token.kind == "operator" and text in _REFUSED:
            raise self.fail(f"“{text}” is not an operator here", _REFUSED[text])
        return _SYMBOLS.get(text, text), False

    def inverted(self) -> Expr:
        """`not x`, looser than comparisons."""
        if self.token.kind == "name" and self.token.text == "not":
            self.advance()
            return self.count(Unary("not", self.nested(lambda: self.binary(3))))
        return self.signed()

    def signed(self) -> Expr:
        """Signs and `!`, then filters."""
        value = self.unary()
        while self.token.kind == "operator" and self.token.text == "|":
            self.advance()
            value = self.filter(value)
        return value

    def unary(self) -> Expr:
        if self.accept("-"):
            operand = self.nested(self.unary)
            known = operand.value if isinstance(operand, Literal) else None
            if isinstance(known, (int, float)) and not isinstance(known, bool) and known != 0:
                return Literal(-known)
            return self.count(Unary("-", operand))
        if self.accept("+"):
            return self.nested(self.unary)
        if self.accept("!"):
            return self.count(Unary("not", self.nested(self.unary)))
        return self.postfix()

    def nested(self, parse: "calls.Rule") -> Expr:
        """One level deeper, within the limit."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail("the expression is nested too deeply", "Split it over several nodes.")
        value = parse()
        self.depth -= 1
        return value

    def postfix(self) -> Expr:
        start = self.token
        value = self.primary()
        first = start.kind == "name" and isinstance(value, Ref)
        while self.token.kind == "operator" and self.token.text in (".", "["):
            if self.accept("."):
                if self.token.kind != "name":
                    raise self.fail("a field name must follow “.”", 'Other keys: x["key"].')
                value = names.member(value, self.token.text, of_root=first)
                self.advance()
                if self.token.text == "(" and self.token.kind == "operator":
                    raise self.fail("values have no methods", "Write x | name(…) or name(x, …).")
            else:
                self.advance()
                value = self.index(value)
            first = False
            self.count(value)
        return value

    def index(self, base: Expr) -> Expr:
        """`[i]`, `["key"]` or `[a:b]`, behind the opening bracket."""
        start: Expr | None = None
        if self.token.text != ":" or self.token.kind == "string":
            start = self.expression()
        if self.accept(":"):
            stop = None if self.token.text == "]" else self.expression()
            self.expect("]")
            return Slice(base, start, stop)
        self.expect("]")
        if isinstance(start, Literal) and isinstance(start.value, str):
            return Get(base, start.value)
        return At(base, start if start is not None else Literal(None))

    def primary(self) -> Expr:
        token = self.token
        self.count(Literal(None))
        if token.kind in ("number", "string"):
            self.advance()
            return Literal(token.value)
        if token.kind == "name":
            return self.name()
        if self.accept("("):
            value = self.expression()
            self.expect(")")
            return value
        if self.accept("["):
            return Array(tuple(self.listed("]")))
        if self.accept("{"):
            return self.object()
        raise self.fail("a value is missing here" if token.kind == "end" or token.text == "}"
                        else f"“{token.text}” cannot stand here")  # fmt: skip

    def name(self) -> Expr:
        token = self.token
        self.advance()
        if token.text in self.bound:
            return Var(token.text)
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text])
        if token.text in _NULLS:
            return Literal(None)
        if token.text in _WORDS:
            raise ExpressionError(f"“{token.text}” cannot stand here", token.start)
        if self.accept("("):
            return calls.call(token.text, self.arguments(), token.start)
        if names.needs_member(token.text):
            return self.family(token)
        return names.resolve(token.text, token.start)

    def family(self, root: Token) -> Expr:
        """`inputs.name` or `nodes["id"]`."""
        member = ""
        if self.accept("."):
            member = self.token.text if self.token.kind == "name" else ""
            self.advance()
        elif self.accept("["):
            member = str(self.token.value) if self.token.kind == "string" else ""
            self.advance()
            self.expect("]")
        if not member:
            names.resolve(root.text, root.start)
        return names.resolve_member(root.text, member, root.start)

    def object(self) -> Expr:
        fields: dict[str, Expr] = {}
        while not self.accept("}"):
            if self.token.kind not in ("string", "name"):
                raise self.fail("a key is missing here", 'Write {"key": value}.')
            key = str(self.token.value) if self.token.kind == "string" else self.token.text
            self.advance()
            self.expect(":")
            fields[key] = self.expression()
            if not self.accept(",") and self.token.text != "}":
                self.expect("}")
        return Object(tuple(fields.items()))

    def listed(self, end: str) -> list[Expr]:
        found: list[Expr] = []
        while not self.accept(end):
            found.append(self.expression())
            if not self.accept(",") and self.token.text != end:
                self.expect(end)
        return found

    def arguments(self) -> list[calls.Argument]:
        """Behind `(`, up to and with `)`."""
        found: list[calls.Argument] = []
        while not self.accept(")"):
            start, keyword = self.token.start, ""
            value: Expr | Lambda
            if bound := _LAMBDA.match(self.source, start):
                value = self.function(bound)
            else:
                following = (
                    next_token(self.source, self.token.end) if self.token.kind == "name" else None
                )
                if following is not None and following.text == "=" and following.kind == "operator":
                    keyword = self.token.text
                    self.advance()
                    self.advance()
                value = self.expression()
            found.append(calls.Argument(value, start, keyword))
            if not self.accept(",") and self.token.text != ")":
                self.expect(")")
        return found

    def function(self, head: re.Match[str]) -> Lambda:
        params = tuple(name for name in head.groups() if name)
        for name in params:
            if name in _WORDS:
                raise self.fail(f"“{name}” cannot be the name of a parameter")
        self.token = next_token(self.source, head.end())
        self.bound += params
        body = self.expression()
        del self.bound[-len(params) :]
        return Lambda(params, body)

    def filter(self, value: Expr) -> Expr:
        token = self.token
        if token.kind != "name":
            raise self.fail("the name of a filter must follow “|”")
        self.advance()
        arguments = self.arguments() if self.accept("(") else []
        piped = calls.Argument(value, token.start, "")
        return self.count(calls.call(token.text, [piped, *arguments], token.start))

    def test(self, value: Expr) -> Expr:
        """Jinja's `is defined`, `is not none`, `is number` …"""
        self.advance()
        negated = self.accept_word("not")
        word = self.token.text if self.token.kind == "name" else ""
        if word in ("undefined", *_NULLS):
            found: Expr = Binary("==", value, Literal(None))
        elif word == "defined":
            found = Binary("!=", value, Literal(None))
        elif word in _TYPES:
            found = Binary("==", Call("type", (value,)), Literal(_TYPES[word]))
        else:
            raise self.fail(
                "unknown test behind “is”", f"Known: defined, none, {', '.join(_TYPES)}."
            )
        self.advance()
        return self.count(Unary("not", found) if negated else found)

    def count(self, made: Expr) -> Expr:
        """Limit how large the parsed form may grow."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.fail("the expression is too long", "Split it over several nodes.")
        return made

    def advance(self) -> None:
        """To the next token."""
        self.token = next_token(self.source, self.token.end)

    def accept(self, text: str) -> bool:
        """Take the operator `text` if it is next."""
        if self.token.kind == "operator" and self.token.text == text:
            self.advance()
            return True
        return False

    def accept_word(self, word: str) -> bool:
        """Take the word if it is next."""
        if self.token.kind == "name" and self.token.text == word:
            self.advance()
            return True
        return False

    def expect(self, text: str) -> None:
        """Take the operator `text`. Raises ExpressionError."""
        if not self.accept(text):
            raise self.fail(f"“{text}” is missing here")

    def fail(self, message: str, hint: str = "") -> ExpressionError:
        """An error at the present token."""
        return ExpressionError(message, self.token.start, hint)
