"""The expression form: what `{{…}}` means after parsing, before any back end.

Every expression is total: it has a value for every environment, `null` where data is missing.
Values are plain JSON (`None`, bool, int, float, str, list, dict with string keys).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, Union

JsonValue: TypeAlias = Union["list[JsonValue]", "dict[str, JsonValue]", str, float, int, bool, None]


class RefKind(StrEnum):
    """What a free name stands for; the compiler and the interpreter give each its value."""

    NODE = "node"  # output of a node, by node id; null when the node was skipped
    PORT = "port"  # value that arrived at an input port of the node the expression belongs to
    LOOP = "loop"  # "item" or "index" of the innermost enclosing for-each
    TRIGGER = "trigger"  # the run's trigger envelope: {"node", "type", "data", …}; name is ""
    VARIABLE = "variable"  # a workflow variable, by name
    RUN = "run"  # {"id", "workflow", "tenant", "started_at"}; name is ""
    RESULT = "result"  # what an effect answered; only in expressions about that answer; name is ""
    SYMBOL = "symbol"  # a name of the compiler's own; never in what an author writes


@dataclass(frozen=True, slots=True)
class Literal:
    """A JSON constant; its text is never code, whatever it contains."""

    value: JsonValue

    def __eq__(self, other: object) -> bool:
        # Not by value: Python finds True and 1 equal, which are different constants.
        return isinstance(other, Literal) and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash(repr(self.value))


@dataclass(frozen=True, slots=True)
class Ref:
    """A free name."""

    kind: RefKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Var:
    """A name bound by an enclosing `Lambda` or `Let`."""

    name: str


@dataclass(frozen=True, slots=True)
class Get:
    """Member of an object; null when the base is not an object or lacks the key."""

    base: "Expr"
    key: str


@dataclass(frozen=True, slots=True)
class At:
    """`base[index]`: array by integer (negative: from the end), object by string; else null."""

    base: "Expr"
    index: "Expr"


@dataclass(frozen=True, slots=True)
class Slice:
    """`base[start:stop]` of an array or string, Python's rules; null for other bases."""

    base: "Expr"
    start: "Expr | None"
    stop: "Expr | None"


@dataclass(frozen=True, slots=True)
class Array:
    """A list built from expressions; nulls stay, nested arrays stay nested."""

    items: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True)
class Object:
    """An object built from literal keys and expressions; fields that are null stay."""

    fields: "tuple[tuple[str, Expr], ...]"


@dataclass(frozen=True, slots=True)
class Unary:
    """`op` is `not` or `-`."""

    op: str
    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Binary:
    """`op` is one of + - * / // % == != < <= > >= and or in ~ (text concatenation)."""

    op: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class If:
    """`then if condition else otherwise`; the branch not taken is not evaluated."""

    condition: "Expr"
    then: "Expr"
    otherwise: "Expr"


@dataclass(frozen=True, slots=True)
class Concat:
    """Template text: each part as text (null is empty), joined."""

    parts: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True)
class Call:
    """A filter or function of the table in `functions.py`, the piped value first."""

    function: str
    args: "tuple[Expr | Lambda, ...]"


@dataclass(frozen=True, slots=True)
class Lambda:
    """The function argument of `map`, `filter`, `sort`, …: parameters are item, then index."""

    params: tuple[str, ...]
    body: "Expr"


@dataclass(frozen=True, slots=True)
class Let:
    """`name = value` inside `body`; evaluated once."""

    name: str
    value: "Expr"
    body: "Expr"


Expr: TypeAlias = (
    Literal
    | Ref
    | Var
    | Get
    | At
    | Slice
    | Array
    | Object
    | Unary
    | Binary
    | If
    | Concat
    | Call
    | Let
)
