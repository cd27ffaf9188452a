"""An expression over symbols, made to stand alone: what it needs is computed first, once."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from weft.expressions.ast import (
    Array,
    Expr,
    Get,
    Lambda,
    Let,
    Literal,
    Ref,
    RefKind,
    Var,
)  # fmt: skip
from weft.expressions.references import children, size, substitute

# A definition used once goes in place while it stays readable; beyond that it gets a name.
_INLINE_SIZE = 40
_IN_LAMBDA = 1_000  # once per item is not once
_FOREIGN = re.compile(r"[^A-Za-z0-9_]")
_LETTERS = {"-": "ˉ", ":": "ː", "~": "ᴿ"}


def arranged(
    expr: Expr, definitions: Mapping[str, Expr], expand: Callable[[str], bool]
) -> tuple[list[tuple[str, Expr]], Expr]:
    """(symbol, value) pairs to compute in order, and the expression over them.

    Symbols for which `expand` is false are left as they are.
    """
    order = _in_order(expr, definitions, expand)
    uses: Counter[str] = Counter()
    for root in [expr, *(definitions[name] for name in order)]:
        _count(root, uses, 1)
    inlined: dict[str, Expr] = {}
    named: list[tuple[str, Expr]] = []
    for name in order:
        value = _inline(definitions[name], inlined)
        if _trivial(value) or (uses[name] == 1 and size(value) <= _INLINE_SIZE):
            inlined[name] = value
        else:
            named.append((name, value))
    return named, _inline(expr, inlined)


def _inline(expr: Expr, inlined: Mapping[str, Expr]) -> Expr:
    """Put in what the expression mentions; looking at the rest would make long chains slow."""
    here = symbols_in(expr) & inlined.keys()
    return substitute(expr, {Ref(RefKind.SYMBOL, name): inlined[name] for name in here})


def bound_in_order(expr: Expr, definitions: Mapping[str, Expr], inner: Collection[str]) -> Expr:
    """The expression with the `inner` symbols bound by nested `Let`s around it."""
    named, result = arranged(expr, definitions, lambda name: name in inner)
    locals_ = {Ref(RefKind.SYMBOL, name): Var(local_name(name)) for name, _ in named}
    result = substitute(result, locals_)
    for name, value in reversed(named):
        result = Let(local_name(name), substitute(value, locals_), result)
    return result


def local_name(symbol: str) -> str:
    """A variable name for a symbol, the same everywhere, and no other symbol's.

    Ids may hold `-` and ports any character, variables letters, digits and `_`. What stands for
    the others are letters too, but none that an id can hold.
    """
    return _FOREIGN.sub(_spelled, symbol.replace(":", "_", 1))


def _spelled(found: re.Match[str]) -> str:
    return _LETTERS.get(found[0]) or f"ˑ{ord(found[0]):x}ˑ"


def symbols_in(expr: Expr) -> set[str]:
    """Names of the symbols an expression mentions."""
    uses: Counter[str] = Counter()
    _count(expr, uses, 1)
    return set(uses)


def _in_order(
    expr: Expr, definitions: Mapping[str, Expr], expand: Callable[[str], bool]
) -> list[str]:
    """Symbols to expand, each after those it needs; without recursion, chains can be long."""
    order: list[str] = []
    seen: set[str] = set()
    stack: list[tuple[str, Iterator[str]]] = [("", iter(sorted(symbols_in(expr))))]
    while stack:
        name, rest = stack[-1]
        for needed in rest:
            if needed not in seen and needed in definitions and expand(needed):
                seen.add(needed)
                stack.append((needed, iter(sorted(symbols_in(definitions[needed])))))
                break
        else:
            stack.pop()
            if name:
                order.append(name)
    return order


def in_order(names: Iterable[str], definitions: Mapping[str, Expr]) -> list[str]:
    """The defined symbols that the names rest on, and they themselves, each after what it needs."""
    roots = Array(tuple(Ref(RefKind.SYMBOL, name) for name in sorted(names)))
    return _in_order(roots, definitions, lambda _: True)


def _trivial(value: Expr) -> bool:
    depth = 0
    while isinstance(value, Get):
        value, depth = value.base, depth + 1
    if isinstance(value, Literal):
        return depth == 0 and not isinstance(value.value, list | dict)
    return isinstance(value, Ref | Var) and depth <= 2


def _count(expr: Expr | Lambda, uses: Counter[str], weight: int) -> None:
    match expr:
        case Ref(kind=RefKind.SYMBOL, name=name):
            uses[name] += weight
        case Lambda(body=body):
            _count(body, uses, _IN_LAMBDA)
        case _:
            for child in children(expr):
                _count(child, uses, weight)


class Facts:
    """Which recorded facts an expression or a symbol rests on; remembered per symbol."""

    def __init__(self, definitions: Mapping[str, Expr]) -> None:
        self._definitions = definitions
        self._known: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> frozenset[str]:
        """Facts under a symbol; a fact rests on itself."""
        definition = self._definitions.get(name)
        if definition is None:
            return frozenset({name})
        if name not in self._known:
            for needed in _in_order(definition, self._definitions, self._is_new):
                self._known[needed] = self._under(self._definitions[needed])
            self._known[name] = self._under(definition)
        return self._known[name]

    def under(self, expr: Expr) -> frozenset[str]:
        """Facts under an expression."""
        return frozenset(fact for name in symbols_in(expr) for fact in self.of(name))

    def _is_new(self, name: str) -> bool:
        return name not in self._known

    def _under(self, expr: Expr) -> frozenset[str]:
        found: set[str] = set()
        for name in symbols_in(expr):
            found |= self._known.get(name, {name})
        return frozenset(found)
