"""Whether someone who follows a run by its answers comes to what the run means (the run view)."""

from collections.abc import Iterator, Sequence, Set

from weft.expressions.ast import JsonValue
from weft.ir.flow import Flow
from weft.ir.ops import Race, Sleep
from weft.semantics.answers import Activation, Answer, Ok
from weft.semantics.equivalence import same
from weft.semantics.facts import Status
from weft.semantics.outcome import Outcome
from weft.semantics.resolver import Resolver

_FINAL = frozenset({Status.SUCCESS, Status.ERROR, Status.SKIPPED})


def follow(
    flow: Flow,
    trigger: JsonValue,
    run: JsonValue,
    answers: Sequence[tuple[Activation, Answer]],
    winners: Sequence[tuple[Activation, Answer]] = (),
) -> Resolver:
    """A resolver that was told the answers in their order; waits end when nothing else is told."""
    resolver = Resolver(flow, trigger, run)
    for (node, path), answer in (*winners, *answers):
        resolver.learn(node, path, answer)
    while waits := [at for at in resolver.due() if isinstance(flow.nodes[at[0]].op, Sleep)]:
        for node, path in waits:
            resolver.learn(node, path, Ok())
    return resolver


def winners(flow: Flow, outcome: Outcome) -> list[tuple[Activation, Answer]]:
    """Which arm each race of an outcome was won by."""
    races = {
        name: node.op.numbers for name, node in flow.nodes.items() if isinstance(node.op, Race)
    }
    return [
        ((name, path), Ok({"arm": arm}))
        for name, path in outcome.statuses
        for arm in races.get(name, ())
        if outcome.statuses[name, path] is not Status.SKIPPED
        and (name, (*path, arm)) not in outcome.lost
    ]


def misled(outcome: Outcome, resolver: Resolver) -> list[str]:
    """Sentences on how what was followed differs from the outcome.

    Where iterations failed, what had not begun in them stays open.
    """
    if not resolver.is_over():
        return [f"followed, the run goes on: {resolver.due()}"]
    return [*_activations(outcome, resolver), *_end(outcome, resolver)]


def _activations(outcome: Outcome, resolver: Resolver) -> Iterator[str]:
    facts, lost = resolver.facts, outcome.lost
    races = {at for at in lost if isinstance(facts.wiring.flow.nodes[at[0]].op, Race)}
    for at in sorted({*facts.statuses, *outcome.statuses}):
        if _inside(resolver, at, races):
            continue  # of an arm that has lost anything may have been done
        want, got = outcome.statuses.get(at), facts.statuses.get(at)
        if want is None and (got is Status.SKIPPED or not facts.wiring.flow.nodes[at[0]].is_drawn):
            continue  # in a call that was skipped, or made for one
        if got in _FINAL and want != got:
            yield f"followed, {at} is {got}, not {want}"
        elif got in _FINAL and not same(outcome.values.get(at), facts.values.get(at)):
            want_value, got_value = outcome.values.get(at), facts.values.get(at)
            yield f"followed, {at} has {got_value!r}, not {want_value!r}"
        elif (
            got not in _FINAL and outcome.status == "completed" and not _inside(resolver, at, lost)
        ):
            yield f"followed, {at} stays {got}, not {want}"


def _inside(resolver: Resolver, at: Activation, lost: Set[Activation]) -> bool:
    chain, path = resolver.facts.wiring.chain[at[0]], at[1]
    return any(
        place in lost
        for level, loop in enumerate(chain)
        for place in ((loop, path[:level]), (loop, path[: level + 1]))
    )


def _end(outcome: Outcome, resolver: Resolver) -> Iterator[str]:
    if (outcome.status == "failed") != bool(resolver.failing):
        yield f"followed, the run has not {outcome.status}"
        return
    for at, error in resolver.failing.items():
        if not same(dict(error), dict(outcome.failing.get(at, {}))):
            yield f"followed, {at} failed with {error}, not {outcome.failing.get(at)}"
    if outcome.status == "completed":
        if not same(resolver.result(), dict(outcome.result)):
            yield f"followed, the result is {resolver.result()!r}, not {outcome.result!r}"
        if not same(resolver.response(), outcome.response):
            yield f"followed, the response is {resolver.response()!r}, not {outcome.response!r}"
