"""Expressions as the text of a definition: JSON where a value is constant, JSONata where not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weft.compiler.emit.fragment import Facts
from weft.compiler.emit.knowledge import Knowledge
from weft.compiler.lower.closure import Arranger, local_name
from weft.compiler.lower.program import is_fact
from weft.expressions.ast import Array, Binary, Expr, Get, JsonValue, Literal, Object, Ref, RefKind
from weft.expressions.references import mapped
from weft.expressions.to_jsonata import lower, with_helpers
from weft.ir.flow import Flow
from weft.ir.ops import Race, Repeat

EXECUTION_INPUT = "$states.context.Execution.Input"
_PATH = re.compile(r"[$\w.\[\]]+")
_MEMBERS = frozenset({"h", "r", "item", "index", "path", "in", "last"})
ABSENT = "{}"  # an outcome that is known not to be there; null is no base for a path


INTO = "/"  # between a fact and a member of it, where that is a plain path; ids hold none


@dataclass(slots=True)
class Renderer:
    """Renders expressions of one program; `facts` at each call say where recorded facts are."""

    knowledge: Knowledge
    calls: frozenset[str] = frozenset()  # `n:NODE/r` of calls that answer with an object by port
    _arranger: Arranger = field(default_factory=Arranger)

    def code(self, expr: Expr, facts: Facts, result: str = "null") -> str:
        """One JSONata expression: what the value rests on first, each once, then the value."""
        known = facts.known
        expr = self.knowledge.simplified(expr, known)
        definitions = self.knowledge.under(known)
        named, final = self._arranger.arranged(
            expr, definitions, lambda name: not is_fact(name) and name not in facts
        )

        def rule(part: Expr) -> Expr:
            return self._read(part, facts)

        named = [(symbol, mapped(value, rule)) for symbol, value in named]
        final = mapped(final, rule)
        built: dict[str, str] = {}  # facts that are made in place get a name, not copies

        def name(ref: Ref) -> str:
            match ref.kind:
                case RefKind.SYMBOL if is_fact(ref.name):
                    fact, *path = ref.name.split(INTO)
                    text = facts[fact]
                    if text != ABSENT and not _PATH.fullmatch(text):
                        built[fact] = text
                        text = f"${local_name(fact)}"
                    return ".".join((text, *path))
                case RefKind.SYMBOL if ref.name in facts:
                    return facts[ref.name]
                case RefKind.SYMBOL:
                    return f"${local_name(ref.name)}"
                case RefKind.TRIGGER:
                    return f"{EXECUTION_INPUT}.trigger"
                case RefKind.RUN:
                    return f"{EXECUTION_INPUT}.run"
                case RefKind.RESULT:
                    return result
                case _:
                    raise AssertionError(f"{ref} was not bound")

        helpers: frozenset[str] = frozenset()
        steps: list[str] = []
        for symbol, value in named:
            lowered = lower(value, name)
            helpers |= lowered.helpers
            steps.append(f"${local_name(symbol)} := {lowered.text}")
        lowered = lower(final, name)
        helpers |= lowered.helpers
        steps = [*(f"${local_name(fact)} := {made}" for fact, made in built.items()), *steps]
        text = f"({'; '.join([*steps, lowered.text])})" if steps else lowered.text
        return with_helpers(text, helpers)

    def _read(self, expr: Expr, facts: Facts) -> Expr:
        """A packed flag is true or false.

        A member of a record of ours is a plain path: the record is an object or null.

        So is a port of an unrouted call's answer: the runner answers with an object by port.
        """
        match expr:
            case Ref(RefKind.SYMBOL, name) if name in facts and name[0] in "am":
                return Binary("==", expr, Literal(True))
            case Get(Ref(RefKind.SYMBOL, name), key) if is_fact(name) and key in _MEMBERS:
                return Ref(RefKind.SYMBOL, f"{name}{INTO}{key}")
            case Get(Ref(RefKind.SYMBOL, name), key) if name in self.calls and key.isidentifier():
                return Ref(RefKind.SYMBOL, f"{name}{INTO}{key}")
            case _:
                return expr

    def value(self, expr: Expr, facts: Facts, result: str = "null") -> Any:
        """A template: constants as they are, the rest as `{% … %}`."""
        if isinstance(expr, Literal):
            return self._constant(expr.value, facts)
        if isinstance(expr, Object):
            return {key: self.value(item, facts, result) for key, item in expr.fields}
        if isinstance(expr, Array):
            return [self.value(item, facts, result) for item in expr.items]
        return quoted(self.code(expr, facts, result))

    def _constant(self, value: JsonValue, facts: Facts) -> Any:
        """Text that looks like code must not become code, so it is written as a literal of it."""
        if isinstance(value, str):
            looks = "{%" in value or "%}" in value
            return quoted(self.code(Literal(value), facts)) if looks else value
        if isinstance(value, list):
            return [self._constant(item, facts) for item in value]
        if isinstance(value, dict):
            return {key: self._constant(item, facts) for key, item in value.items()}
        return value


def quoted(code: str) -> str:
    """JSONata as Step Functions takes it in a definition."""
    return f"{{% {code} %}}"


def path_of(flow: Flow, scope: str, facts: Mapping[str, str]) -> str:
    """Which iteration of every loop around this is, `2.0` say, as JSONata; not for the top."""
    loop = flow.nodes[scope]
    if not isinstance(loop.op, Repeat | Race):
        return f"{facts[f'i:{scope}']}.path"
    round_ = f"$string({facts[f'k:{scope}']})"
    return f"{path_of(flow, loop.scope, facts)} & '.' & {round_}" if loop.scope else round_
