"""An expression over symbols, made to stand alone: what it needs is computed first, once."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

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
from weft.expressions.references import children, references, size, substitute

# A definition used once goes in place while it stays readable; beyond that it gets a name.
_INLINE_SIZE = 40
_IN_LAMBDA = 1_000  # once per item is not once
_FOREIGN = re.compile(r"[^A-Za-z0-9_]")
_LETTERS = {"-": "ˉ", ":": "ː", "~": "ᴿ", ".": "ǀ"}


def arranged(
    expr: Expr, definitions: Mapping[str, Expr], expand: Callable[[str], bool]
) -> tuple[list[tuple[str, Expr]], Expr]:
    """(symbol, value) pairs to compute in order, and the expression over them.

    Symbols for which `expand` is false are left as they are.
    """
    return Arranger().arranged(expr, definitions, expand)


@dataclass(slots=True)
class Arranger:
    """Arranges many expressions over the same definitions; what is the same is the same object.

    Expressions are told apart as objects, which it keeps alive: to compare them would be slow.
    """

    _held: dict[int, Expr] = field(default_factory=dict)
    _used: dict[int, Mapping[str, int]] = field(default_factory=dict)
    _sorted: dict[int, list[str]] = field(default_factory=dict)
    _short: dict[int, bool | None] = field(default_factory=dict)  # None: trivial
    _inlined: dict[tuple[object, ...], Expr] = field(default_factory=dict)

    def arranged(
        self, expr: Expr, definitions: Mapping[str, Expr], expand: Callable[[str], bool]
    ) -> tuple[list[tuple[str, Expr]], Expr]:
        """As the function does."""
        order = _in_order(expr, definitions, expand, self._symbols)
        uses = dict(self._uses(expr))
        for name in order:
            for other, count in self._uses(definitions[name]).items():
                uses[other] = uses.get(other, 0) + count
        inlined: dict[str, Expr] = {}
        named: list[tuple[str, Expr]] = []
        for name in order:
            value = self._inline(definitions[name], inlined)
            if self._goes_in_place(value, uses[name]):
                inlined[name] = value
            else:
                named.append((name, value))
        return named, self._inline(expr, inlined)

    def _uses(self, expr: Expr) -> Mapping[str, int]:
        found = self._used.get(id(expr))
        if found is None:
            counted: Counter[str] = Counter()
            _count(expr, counted, 1)
            found = self._used[id(expr)] = counted
            self._held[id(expr)] = expr
        return found

    def _symbols(self, expr: Expr) -> list[str]:
        found = self._sorted.get(id(expr))
        if found is None:
            found = self._sorted[id(expr)] = sorted(self._uses(expr))
        return found

    def _goes_in_place(self, value: Expr, uses: int) -> bool:
        key = id(value)
        if key not in self._short:
            self._held[key] = value
            self._short[key] = None if _trivial(value) else size(value) <= _INLINE_SIZE
        short = self._short[key]
        return short is None or (uses == 1 and short)

    def _inline(self, expr: Expr, inlined: Mapping[str, Expr]) -> Expr:
        """Put in what the expression mentions."""
        here = [name for name in self._symbols(expr) if name in inlined]
        if not here:
            return expr
        key = (id(expr), *((name, id(inlined[name])) for name in here))
        found = self._inlined.get(key)
        if found is None:
            found = substitute(expr, {Ref(RefKind.SYMBOL, name): inlined[name] for name in here})
            self._inlined[key] = found
        return found


def bound_in_order(expr: Expr, definitions: Mapping[str, Expr], inner: Collection[str]) -> Expr:
    """The expression with the `inner` symbols bound by nested `Let`s around it."""
    named, result = arranged(expr, definitions, lambda name: name in inner)
    locals_ = {Ref(RefKind.SYMBOL, name): Var(local_name(name)) for name, _ in named}
    result = substitute(result, locals_)
    for name, value in reversed(named):
        result = Let(local_name(name), substitute(value, locals_), result)
    return result


@lru_cache(maxsize=1 << 16)
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
    return {ref.name for ref in references(expr) if ref.kind is RefKind.SYMBOL}


def _in_order(
    expr: Expr,
    definitions: Mapping[str, Expr],
    expand: Callable[[str], bool],
    needs: Callable[[Expr], list[str]],
) -> list[str]:
    """Symbols to expand, each after those it needs; without recursion, chains can be long."""
    order: list[str] = []
    seen: set[str] = set()
    stack: list[tuple[str, Iterator[str]]] = [("", iter(needs(expr)))]
    while stack:
        name, rest = stack[-1]
        for needed in rest:
            if needed not in seen and needed in definitions and expand(needed):
                seen.add(needed)
                stack.append((needed, iter(needs(definitions[needed]))))
                break
        else:
            stack.pop()
            if name:
                order.append(name)
    return order


def _sorted_symbols(expr: Expr) -> list[str]:
    return sorted(symbols_in(expr))


def in_order(names: Iterable[str], definitions: Mapping[str, Expr]) -> list[str]:
    """The defined symbols that the names rest on, and they themselves, each after what it needs."""
    roots = Array(tuple(Ref(RefKind.SYMBOL, name) for name in sorted(names)))
    return _in_order(roots, definitions, lambda _: True, _sorted_symbols)


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
            for needed in _in_order(definition, self._definitions, self._is_new, _sorted_symbols):
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
