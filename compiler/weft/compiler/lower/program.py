"""The program: every value and condition of a graph as a named definition over recorded facts.

Symbols (names of `Ref(SYMBOL, …)`):
  a:NODE       whether the node fired
  h:NODE       port that a single-choice decision took; null when it did not fire
  m:NODE:PORT  whether a several-matches decision took the port
  p:NODE:PORT  value on one port of a node that computes several
  v:NODE       the node's output; meaningless unless it fired
  o:NODE       the node's output as others read it: null unless it fired
  x:NODE:PORT  what arrives at an input port
Facts, which a host records and everything else follows from:
  n:NODE       outcome of a node with a state: {"h": outcome, "r": result}; null when it did not run
               of a loop that repeats also "last": {node: {"v": value}} of nodes read from outside
  i:NODE       the iteration of a loop, seen from its body: {"item", "index", "path"}; of one that
               repeats {"item"} with "in": {port: value} of the header's inputs, and "last"
  k:NODE       how many rounds of a loop that repeats are over
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from weft.expressions.ast import Expr, Ref, RefKind
from weft.ir.flow import Flow
from weft.ir.ops import Op, Race


@dataclass(frozen=True, slots=True)
class Round:
    """The rounds of a loop: how the first starts, whether another follows the one that is over and
    how that starts, and the outcome of the loop if none does."""

    enter: Expr
    again: Expr
    following: Expr
    left: Expr

    @property
    def at_end(self) -> tuple[Expr, ...]:
        """What the end of a round reads."""
        return (self.again, self.following, self.left)

    def mapped(self, change: Callable[[Expr], Expr]) -> "Round":
        """The same with every expression changed."""
        parts = (self.enter, self.again, self.following, self.left)
        return Round(*map(change, parts))


@dataclass(frozen=True, slots=True)
class Program:
    """A lowered graph. `stated`: the nodes that get a state of their own."""

    flow: Flow
    definitions: Mapping[str, Expr]
    scope_of: Mapping[str, str]  # symbol → the scope whose iteration it belongs to
    stated: frozenset[str]
    records: Mapping[str, Expr]  # stated pure nodes: the outcome they compute
    effects: Mapping[str, Op]  # stated effects, their expressions over symbols
    returned: Mapping[str, Expr]  # for-each: what one iteration gives back; race: array, by arm
    rounds: Mapping[str, Round]  # loops that repeat

    def is_race(self, scope: str) -> bool:
        """Whether a scope is arms side by side, as a `Fork` if any has states."""
        return isinstance(self.effects.get(scope), Race)

    def is_counted(self, scope: str) -> bool:
        """Whether the host counts the activations of a scope: rounds, or the arms of a race."""
        return scope in self.rounds or self.is_race(scope)


def symbol(kind: str, *parts: str) -> Ref:
    """A reference to a symbol."""
    return Ref(RefKind.SYMBOL, ":".join((kind, *parts)))


def node_of(name: str) -> str:
    """The node that a symbol speaks of."""
    return name.split(":", 2)[1]


def is_fact(name: str) -> bool:
    """Whether a symbol is recorded by the host."""
    return name[0] in "nik"
