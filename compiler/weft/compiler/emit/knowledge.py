"""What a condition that holds says about symbols: flags and choices become constants under it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from weft.compiler.lower.closure import symbols_in
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.diagrams import Diagram
from weft.expressions.ast import Binary, Expr, Get, Literal, Ref, RefKind
from weft.expressions.references import fold, mapped


@dataclass(slots=True)
class Knowledge:
    """Decides flags by the decision diagrams of their nodes; answers are remembered."""

    definitions: Mapping[str, Expr]
    conditions: Conditions
    _decided: dict[tuple[Diagram, str, str], bool | None] = field(default_factory=dict)
    _flags: dict[str, bool] = field(default_factory=dict)
    _views: dict[Diagram, "_View"] = field(default_factory=dict)

    def under(self, known: Diagram) -> Mapping[str, Expr]:
        """The definitions as they read where `known` holds."""
        if known is True:
            return self.definitions
        return self._views.setdefault(known, _View(self, known))

    def simplified(self, expr: Expr, known: Diagram) -> Expr:
        """The expression with the same value wherever `known` holds."""
        if known is True:
            return expr
        changed = mapped(expr, lambda part: self._part(part, known))
        return expr if changed == expr else fold(changed)

    def fired(self, node: str, known: Diagram) -> bool | None:
        """Whether the node fires; None when `known` does not tell."""
        return self._ask(known, node, "", self.conditions.fired_when.get(node))

    def chose(self, node: str, port: str, known: Diagram) -> bool | None:
        """Whether the node fired and took the port; None when `known` does not tell."""
        if not self.conditions.has_outcome(node):
            return None
        return self._ask(known, node, port, self.conditions.chose(node, port))

    def both(self, known: Diagram, guard: Diagram | None) -> Diagram:
        """What is known where the guard holds too; without a diagram it tells nothing."""
        return known if guard is None else self.conditions.diagrams.both(known, guard)

    def less(self, known: Diagram, guard: Diagram | None) -> Diagram:
        """What is known where the guard does not hold."""
        if guard is None:
            return known
        diagrams = self.conditions.diagrams
        return diagrams.both(known, diagrams.negated(guard))

    def with_outcome(self, known: Diagram, node: str, port: str) -> Diagram:
        """What is known where a node that ran took the port."""
        if not self.conditions.has_outcome(node):
            return known
        return self.both(known, self.conditions.chose(node, port))

    def without_outcome(self, known: Diagram, node: str, port: str) -> Diagram:
        """What is known where a node that ran did not take the port."""
        if not self.conditions.has_outcome(node):
            return known
        return self.less(known, self.conditions.chose(node, port))

    def _ask(self, known: Diagram, node: str, port: str, when: Diagram | None) -> bool | None:
        if when is None or isinstance(when, bool):
            return when
        key = (known, node, port)
        if key not in self._decided:
            both = self.conditions.diagrams.both(known, when)
            self._decided[key] = False if both is False else True if both is known else None
        return self._decided[key]

    def _part(self, part: Expr, known: Diagram) -> Expr:
        answer: bool | None = None
        match part:
            case Ref(RefKind.SYMBOL, name) if name.startswith("a:"):
                answer = self.fired(name[2:], known)
            case Binary("==", Ref(RefKind.SYMBOL, name), Literal(str(port))) if name[0] == "h":
                answer = self.chose(name[2:], port, known)
            case Binary("==", Get(Ref(RefKind.SYMBOL, name), "h"), Literal(str(port))):
                if name[0] == "n":
                    answer = self.chose(name[2:], port, known)
        return part if answer is None else Literal(answer)


class _View(Mapping[str, Expr]):
    """Definitions under a condition, simplified as they are asked for."""

    def __init__(self, knowledge: Knowledge, known: Diagram) -> None:
        self._knowledge, self._known = knowledge, known
        self._seen: dict[str, Expr] = {}

    def __getitem__(self, name: str) -> Expr:
        if name not in self._seen:
            self._seen[name] = self._simple(name)
        return self._seen[name]

    def _simple(self, name: str) -> Expr:
        plain = self._knowledge.definitions[name]
        if name[0] == "a":
            fired = self._knowledge.fired(name[2:], self._known)
            return plain if fired is None else Literal(fired)
        return self._knowledge.simplified(plain, self._known) if symbols_in(plain) else plain

    def __contains__(self, name: object) -> bool:
        return name in self._knowledge.definitions

    def __iter__(self) -> Iterator[str]:
        return iter(self._knowledge.definitions)

    def __len__(self) -> int:
        return len(self._knowledge.definitions)
