"""Whether what was seen of a run on some host is one of the runs the semantics allow (§4.9).

A completed run must show every effect with its arguments, and the result. Where something failed,
effects not yet started may be missing, but never one that a shown effect stands upon.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from weft.expressions.ast import JsonValue
from weft.ir.flow import Flow
from weft.ir.ops import Repeat
from weft.semantics.answers import Activation
from weft.semantics.outcome import Called, Outcome
from weft.semantics.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Observed:
    """What a host did; `failed_node` and `error_type` of its error, None where it cannot tell."""

    status: Literal["completed", "failed"]
    effects: Sequence[Called]
    result: Mapping[str, JsonValue] = field(default_factory=dict)
    response: JsonValue = None
    failed_node: str | None = None
    error_type: str | None = None


def differences(
    flow: Flow, reference: Outcome, observed: Observed, *, invisible: frozenset[str] = frozenset()
) -> list[str]:
    """Sentences that each say how the observed run differs from every allowed one; [] if it is one.

    `invisible`: nodes whose effects a host does not show (waits).
    """
    if reference.status != observed.status:
        return [f"the run should have {reference.status}, it {observed.status}"]
    seen = [called for called in observed.effects if called.node not in invisible]
    found = list(_effect_differences(_Order(flow, reference, invisible), reference, seen))
    if observed.status == "failed":
        return found + list(_wrong_error(reference, observed))
    for node_id in sorted({*reference.result, *observed.result}):
        want = reference.result.get(node_id, "(absent)")
        got = observed.result.get(node_id, "(absent)")
        if not same(want, got):
            found.append(f"result of {node_id}: want {want!r}, got {got!r}")
    if not same(reference.response, observed.response):
        found.append(f"response: want {reference.response!r}, got {observed.response!r}")
    return found


def explains_failure(flow: Flow, reference: Outcome, observed: Observed) -> bool:
    """Whether a failed run is one that the reference's failing effects explain."""
    return reference.status == "failed" and not differences(flow, reference, observed)


def same(left: JsonValue, right: JsonValue) -> bool:
    """Equality of JSON: 1 and 1.0 are one number, true is not 1, the order of keys is nothing."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    return left == right


def _effect_differences(
    order: "_Order", reference: Outcome, seen: Sequence[Called]
) -> Iterator[str]:
    wanted = {(called.node, called.path): called.arguments for called in reference.effects}
    shown: set[Activation] = set()
    for called in seen:
        at = (called.node, called.path)
        if at in shown:
            yield f"{_name(at)} ran more than once"
        shown.add(at)
        if at not in wanted:
            yield f"{_name(at)} ran and should not have"
        elif not same(wanted[at], called.arguments):
            yield f"arguments of {_name(at)}: want {wanted[at]!r}, got {called.arguments!r}"
    needed = {at for at in order.effects if reference.status == "completed" and order.is_sure(at)}
    for at in shown & order.effects:
        needed |= order.before(at)
    for at in sorted(needed - shown):
        yield f"{_name(at)} should have run and did not"


def _wrong_error(reference: Outcome, observed: Observed) -> Iterator[str]:
    errors = reference.failing.values()
    for name, got in (("node", observed.failed_node), ("type", observed.error_type)):
        allowed = {error[name] for error in errors}
        if got is not None and got not in allowed:
            yield f"the error's {name} is {got}, should be one of {sorted(map(str, allowed))}"


def _name(at: Activation) -> str:
    return at[0] + "".join(f"[{index}]" for index in at[1])


class _Order:
    """Which effects of the reference must have run before one that was seen."""

    def __init__(self, flow: Flow, reference: Outcome, invisible: frozenset[str]) -> None:
        self.wiring = Wiring(flow)
        self.reference = reference
        self.effects = {(c.node, c.path) for c in reference.effects if c.node not in invisible}
        self._ancestors: dict[str, set[str]] = {}
        for node in (n for body in self.wiring.body.values() for n in body):
            before = self.wiring.waits[node.id]
            above = (self._ancestors[other] for other in before)
            self._ancestors[node.id] = set(before).union(*above)

    def is_sure(self, at: Activation) -> bool:
        """Whether no failed iteration or loop holds it."""
        return not self._lost_around(at)

    def before(self, at: Activation) -> set[Activation]:
        """Effects that are resolved whenever `at` has started."""
        return {
            other
            for other in self.effects
            if self._is_before(other, at) and self._lost_around(other) <= self._lost_around(at)
        }

    def _is_before(self, other: Activation, at: Activation) -> bool:
        there, here = self._line(other[0]), self._line(at[0])
        level = 0
        while level < min(len(there), len(here)) - 1 and (
            there[level] == here[level] and other[1][level] == at[1][level]
        ):
            level += 1
        if there[level] == here[level] and isinstance(
            self.wiring.flow.nodes[here[level]].op, Repeat
        ):
            return other[1][level] < at[1][level]  # an earlier round of the same loop
        return there[level] in self._ancestors[here[level]]

    def _line(self, node_id: str) -> tuple[str, ...]:
        return (*self.wiring.chain[node_id], node_id)

    def _lost_around(self, at: Activation) -> set[Activation]:
        chain, path = self.wiring.chain[at[0]], at[1]
        return {
            place
            for level, loop in enumerate(chain)
            for place in ((loop, path[:level]), (loop, path[: level + 1]))
            if place in self.reference.lost
        }
