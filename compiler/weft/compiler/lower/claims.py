"""Which outputs of calls may travel as claims: those that no expression reads as a whole.

Every use of a value is followed back to the outcome it comes from, with the path of members on the
way. A use reads the value, or hands it on to a runner or to the result of the run, which redeem
claims. Only members can be read of a claim, so an output that is read whole is no claim.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from weft.compiler.lower.program import Program, is_fact, node_of, symbol
from weft.domain.claim import CLAIM, Claimable
from weft.expressions.ast import (
    Array,
    Binary,
    Expr,
    Get,
    If,
    Lambda,
    Let,
    Literal,
    Object,
    Ref,
    RefKind,
    Var,
)  # fmt: skip
from weft.expressions.references import children, substitute
from weft.ir.flow import FlowNode
from weft.ir.ops import ForEach, Invoke, NativeCall, Race, Repeat, Require, Sleep
from weft.ir.ports import Kind
from weft.ir.walk import expressions

Path: TypeAlias = tuple[str, ...]
# Loops can ask for members of members without end; who asks for more reads all of what is there.
_LONGEST = 6
_SMALL = (Kind.NUMBER, Kind.BOOLEAN)  # never large enough


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a `Let` gave a name, and what it could see."""

    value: Expr
    names: Mapping[str, "_Bound"]


@dataclass(frozen=True, slots=True)
class _Use:
    """Of the value of an expression, somebody needs what is at a path."""

    expr: Expr | Lambda
    path: Path
    reads: bool
    reader: str
    names: Mapping[str, _Bound]


@dataclass(frozen=True, slots=True)
class Claims:
    """`may`: node → output port → what has to stay readable. `kept`: (node, port) → the first
    node that an expression reads all of it for."""

    may: Mapping[str, Mapping[str, Claimable]]
    kept: Mapping[tuple[str, str], str]

    def of(self, node: str) -> Mapping[str, Claimable]:
        """Of one call."""
        return self.may.get(node, {})


def claims_of(program: Program, output: Expr) -> Claims:
    """What may be claimed of every call that a runner makes; `output` is the machine's."""
    uses = _Uses(program)
    uses.follow(output)
    may: dict[str, dict[str, Claimable]] = {}
    kept: dict[tuple[str, str], str] = {}
    for name, op in program.effects.items():
        if not isinstance(op, Invoke) or not _by_runner(op):
            continue
        kinds = {port.name: port.kind for port in program.flow.nodes[name].outputs}
        for port in op.outputs:
            if kinds.get(port) in _SMALL:
                continue
            at = (name, port)
            reader = uses.read[at].get(())
            if reader is None:
                read = _outermost(uses.read[at])
                passed = [p for p in uses.passed[at] if p and not _below(p, read)]
                wanted = Claimable(tuple(read), tuple(sorted(passed)))
                may.setdefault(name, {})[port] = wanted
            else:
                kept[at] = reader
    return Claims(may, kept)


def _by_runner(op: Invoke) -> bool:
    """Whether a runner's answer holds the outputs, and not a token's or the host's."""
    return not op.callback and not isinstance(op.native, NativeCall)


def _outermost(paths: Mapping[Path, str]) -> list[Path]:
    found: list[Path] = []
    for path in sorted(paths):  # a prefix comes before what it begins
        if not _below(path, found):
            found.append(path)
    return found


def _below(path: Path, others: list[Path]) -> bool:
    return any(path[: len(other)] == other for other in others)


@dataclass(slots=True)
class _Uses:
    program: Program
    read: dict[tuple[str, str], dict[Path, str]] = field(default_factory=lambda: defaultdict(dict))
    passed: dict[tuple[str, str], set[Path]] = field(default_factory=lambda: defaultdict(set))
    _open: list[_Use] = field(default_factory=list)
    _seen: set[tuple[str, Path, bool]] = field(default_factory=set)

    def follow(self, output: Expr) -> None:
        """Follow every use that the program makes of a value."""
        self._use(output, (), reads=False, reader="")
        for name in self.program.definitions:
            # Flags are computed in the states; what a node came to is shown.
            if name[0] in "ahmv":
                self._use(Ref(RefKind.SYMBOL, name), (), reads=name[0] != "v", reader=node_of(name))
        for node, record in self.program.records.items():
            self._use(record, ("h",), reads=True, reader=node)
        for node, rounds in self.program.rounds.items():
            self._use(rounds.again, (), reads=True, reader=node)
        for node, returned in self.program.returned.items():
            if self.program.is_race(node):  # its winner travels as text in an error
                self._use(returned, (), reads=True, reader=node)
        for node, op in self.program.effects.items():
            for expr, reads in _asked(node, op):
                self._use(expr, (), reads=reads, reader=node)
        while self._open:
            self._one(self._open.pop())

    def _use(
        self,
        expr: Expr | Lambda,
        path: Path,
        *,
        reads: bool,
        reader: str,
        names: Mapping[str, _Bound] | None = None,
    ) -> None:
        self._open.append(_Use(expr, path, reads, reader, names or {}))

    def _one(self, use: _Use) -> None:
        match use.expr:
            case Ref(RefKind.SYMBOL, name):
                self._symbol(name, use)
            case Var(name) if name in use.names:
                bound = use.names[name]
                self._open.append(_Use(bound.value, use.path, use.reads, use.reader, bound.names))
            case Get(base, key):
                self._further(use, base, (key, *use.path))
            case If(condition, then, otherwise):
                self._whole(use, condition)
                self._further(use, then, use.path)
                self._further(use, otherwise, use.path)
            case Let(name, value, body):
                names = {**use.names, name: _Bound(value, use.names)}
                self._open.append(_Use(body, use.path, use.reads, use.reader, names))
            case Object(fields):
                for key, value in fields:
                    if not use.path:
                        self._further(use, value, ())
                    elif key == use.path[0]:
                        self._further(use, value, use.path[1:])
            case Array(items) if not use.path:
                for item in items:
                    self._further(use, item, ())
            case Binary("+", left, right) if not use.path and _is_list(left) and _is_list(right):
                self._further(use, left, ())
                self._further(use, right, ())
            case other:
                for child in children(other):
                    self._whole(use, child)

    def _further(self, use: _Use, expr: Expr | Lambda, path: Path) -> None:
        self._open.append(_Use(expr, path, use.reads, use.reader, use.names))

    def _whole(self, use: _Use, expr: Expr | Lambda) -> None:
        self._open.append(_Use(expr, (), True, use.reader, use.names))

    def _symbol(self, name: str, use: _Use) -> None:
        if len(use.path) > _LONGEST:
            use = replace(use, path=use.path[:_LONGEST], reads=True)
        key = (name, use.path, use.reads)
        if key in self._seen:
            return
        self._seen.add(key)
        if not is_fact(name):
            # Who reads is who begins to; what it rests on only hands on.
            reader = use.reader if use.reads else node_of(name)
            self._use(self.program.definitions[name], use.path, reads=use.reads, reader=reader)
            return
        for expr, path in self._behind(name, use.path):
            self._use(expr, path, reads=use.reads, reader=use.reader)
        node = self.program.flow.nodes[node_of(name)]
        op = self.program.effects.get(node.id)
        if name[0] == "n" and isinstance(op, Invoke):
            self._answer(node, op, use)

    def _behind(self, name: str, path: Path) -> Iterator[tuple[Expr, Path]]:
        """The expressions that a fact was recorded from."""
        program, node = self.program, node_of(name)
        op = program.effects.get(node)
        if name[0] == "n" and node in program.records:
            yield program.records[node], path
        elif name[0] == "n" and isinstance(op, ForEach) and path in ((), ("r",)):
            yield program.returned[node], ()
        elif name[0] == "n" and isinstance(op, Repeat):
            yield program.rounds[node].left, path
        elif name[0] == "i" and isinstance(op, Repeat):
            yield program.rounds[node].enter, path
            yield program.rounds[node].following, path

    def _answer(self, node: FlowNode, op: Invoke, use: _Use) -> None:
        """A use of a call's outcome: of one output, or of all of them."""
        if use.path[:1] not in ((), ("r",)):
            return
        asked = use.path[1:]
        for port in op.outputs:
            if asked[:1] not in ((), (port,)):
                continue
            path, at = asked[1:], (node.id, port)
            if CLAIM in path:  # it would be taken for the claim's own
                path = ()
                self.read[at].setdefault(path, use.reader)
            elif use.reads:
                self.read[at].setdefault(path, use.reader)
            else:
                self.passed[at].add(path)


def _is_list(expr: Expr) -> bool:
    """Whether it is a list whatever happens, so that adding to it looks into no item."""
    match expr:
        case Array() | Literal(list()):
            return True
        case If(then=then, otherwise=otherwise):
            return _is_list(then) and _is_list(otherwise)
        case Binary("+", left, right):
            return _is_list(left) and _is_list(right)
        case _:
            return False


def _asked(node: str, op: object) -> Iterator[tuple[Expr, bool]]:
    """(expression, whether the states read it) of what an effect is given."""
    match op:
        case Invoke(native=NativeCall() as call):
            yield from ((expr, True) for expr in expressions(call))
        case Invoke(config=config, inputs=inputs, timeout=timeout, routes=routes):
            yield from ((expr, False) for expr in (*config.values(), *inputs.values()))
            if timeout is not None:
                yield timeout, True
            result = {Ref(RefKind.RESULT): Get(symbol("n", node), "r")}
            yield from ((substitute(case.when, result), True) for case in routes)
        case Sleep(seconds=seconds, until=until):
            yield from ((expr, True) for expr in (seconds, until) if expr is not None)
        case Repeat() | Race():
            return
        case ForEach(items=items):
            yield items, True
        case Require(demands=demands):
            yield from ((demand.broken, True) for demand in demands)
        case _:
            raise AssertionError(f"{op} is no effect")
