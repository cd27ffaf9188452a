"""Where symbols are read, by the place of the reader in the machine, and which ones to pack.

Places follow the region tree, so that "read later on" is a range of places. Sets of places are
bit sets.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from weft.compiler.lower.closure import in_order, symbols_in
from weft.compiler.lower.program import Program, is_fact, node_of
from weft.compiler.lower.repeat import scopes_around
from weft.compiler.schedule.regions import (
    Choose,
    Do,
    Outline,
    Region,
    marks_in,
    stated_in,
)  # fmt: skip
from weft.compiler.schedule.tree import Await, Tell
from weft.expressions.ast import Expr, Literal
from weft.ir.flow import TOP
from weft.ir.walk import expressions

_FLAGS = frozenset("ahm")


@dataclass(slots=True)
class Usage:
    """Readers of every symbol, through whatever lies between."""

    program: Program
    regions: Mapping[str, Region | None]
    output: Expr
    place: dict[str, int] = field(default_factory=dict)  # node with a state → its place
    ends: dict[str, int] = field(default_factory=dict)  # scope → the place where it ends
    _marks: dict[Tell | Await, int] = field(default_factory=dict)  # → its place
    _handed: dict[str, int] = field(default_factory=dict)  # fact → where it is awaited
    _direct: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _through: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _parents: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _ready: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    _rank: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._scope(TOP, self.output)
        definitions = self.program.definitions
        order = in_order(list(self._direct), definitions)
        self._rank = {name: rank for rank, name in enumerate(order)}
        last: dict[str, int] = {}
        for name in order:
            below = symbols_in(definitions[name])
            last[name] = max((self._last(n, last) for n in below), default=0)
            for needed in below:
                self._parents[needed].append(name)
            if self._packable(name):
                self._ready[last[name]].append(name)
        for name, places in self._direct.items():
            self._through[name] |= places
        for name in reversed(order):
            for needed in symbols_in(definitions[name]):
                self._through[needed] |= self._through[name]

    def later(self, fact: str, place: int) -> bool:
        """Whether the symbol is read behind a place."""
        return self._through.get(fact, 0) >> (place + 1) != 0

    def span(self, region: Region) -> tuple[int, int]:
        """The first and the last place of a region, loops inside it included."""
        marks = [self._marks[mark] for mark in marks_in(region)]
        places = [*marks, *(self.place[name] for name in stated_in(region))]
        ends = (self.ends.get(name, self.place[name]) for name in stated_in(region))
        return min(places), max([*marks, *ends])

    def packed(self, span: tuple[int, int], until: int, here: Mapping[str, str]) -> list[str]:
        """Flags that are known once `span` has run, not known before, and read at least twice
        behind it, up to the place `until`."""
        low, high = span
        window = ((1 << (until - high)) - 1) << (high + 1) if until > high else 0
        if not window:
            return []
        ready = [
            name
            for place in range(low, high + 1)
            for name in self._ready.get(place, ())
            if name not in here and self._through[name] & window
        ]
        ready.sort(key=self._rank.__getitem__, reverse=True)
        chosen: list[str] = []
        for name in ready:  # readers before what they read
            readers = self._direct[name] & window
            count = 0
            for parent in self._parents[name]:
                if parent in here or not self._through[parent] & window:
                    continue
                if self._packable(parent):
                    count += 1
                else:
                    readers |= self._through[parent] & window
            if count + readers.bit_count() >= 2:
                chosen.append(name)
        chosen.reverse()
        return chosen

    def _scope(self, scope: str, *output: Expr) -> None:
        region = self.regions[scope]
        if region is not None:
            self._walk(region)
        self.ends[scope] = self._next()
        for expr in output:
            self._reads(expr, self.ends[scope])

    def _next(self) -> int:
        return len(self.place) + len(self.ends) + len(self._marks)

    def _walk(self, region: Region) -> None:
        match region:
            case Do(node=node):
                self._node(node)
            case Choose(arms=arms):
                for arm in arms:
                    self._reads(arm.when, self._next())
                    self._walk(arm.body)
            case Outline(body=body):
                self._walk(body)
            case Tell(future=future):
                place = self._marks[region] = self._next()
                for name in future.carries:
                    self._direct[f"n:{name}"] |= 1 << place
            case Await(future=future):
                place = self._marks[region] = self._next()
                self._handed |= {f"n:{name}": place for name in future.carries}
            case _:
                for part in region.parts:
                    self._walk(part)

    def _node(self, node: str) -> None:
        place = self.place[node] = self._next()
        program = self.program
        if node in program.records:
            self._reads(program.records[node], place)
        for expr in expressions(program.effects[node]) if node in program.effects else ():
            self._reads(expr, place)
        for scope in scopes_around(program.flow, node):  # the key of a call holds the iteration
            kind = "k" if program.is_counted(scope) else "i"
            self._direct[f"{kind}:{scope}"] |= 1 << place
        if node in program.rounds:
            rounds = program.rounds[node]
            self._reads(rounds.enter, place)
            self._scope(node, *rounds.at_end)
        elif node in self.regions:
            self._scope(node, program.returned[node])

    def _reads(self, expr: Expr, place: int) -> None:
        for name in symbols_in(expr):
            self._direct[name] |= 1 << place

    def _last(self, name: str, last: Mapping[str, int]) -> int:
        """The place of the last record under a symbol; an iteration is there from its start."""
        if is_fact(name):
            return max(self.place.get(node_of(name), 0), self._handed.get(name, 0))
        return last.get(name, 0)

    def _packable(self, name: str) -> bool:
        return name[0] in _FLAGS and not isinstance(self.program.definitions[name], Literal)
