"""One run of an artefact against one run of its graph, on the same answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from weft.expressions.ast import JsonValue
from weft.ir.flow import Flow
from weft.ir.ops import Invoke
from weft.semantics.answers import Activation
from weft.semantics.equivalence import differences
from weft.semantics.outcome import Outcome
from weft.semantics.outcomes import Outcomes
from weft.semantics.wiring import Wiring
from weft.validation.followed import follow, misled, winners
from weft.validation.host import STARTED, OracleHost, Played
from weft.validation.oracle import SeededOracle

MOST_OUTCOMES = 256  # tried one after the other, where none that is ever nearer was the one


@dataclass(frozen=True, slots=True)
class Compared:
    """What the graph means, what the host did, and sentences on how they differ."""

    outcome: Outcome
    played: Played
    differences: list[str]


async def compare(
    host: OracleHost,
    flow: Flow,
    machine: str,
    trigger: Any,
    oracle: SeededOracle,
    *,
    meant: Flow | None = None,
) -> Compared:
    """One run of a loaded machine against one of its flow; `meant`: the flow with its calls."""
    played = await host.run(machine, trigger, oracle)
    ended = played.ended
    outcomes = Outcomes(meant or flow, trigger, _run(played), oracle)

    def unlike(outcome: Outcome) -> _Unlike:
        return _unlike(flow, outcome, played, oracle, trigger)

    best, least = None, None
    for outcome in chain(outcomes.nearer(unlike), islice(outcomes.every(), MOST_OUTCOMES)):
        found = unlike(outcome)
        if least is None or found < least:
            best, least = outcome, found
        if not found.sentences:
            break
    assert best is not None
    assert least is not None
    sentences = list(least.sentences)
    if sentences and ended.error is not None:
        sentences.append(f"the host says {ended.error}: {ended.cause}")
    return Compared(best, played, sentences)


def _run(played: Played) -> JsonValue:
    """The run as its expressions see it."""
    return {"id": played.ended.name, "workflow": "w", "tenant": "t", "started_at": STARTED}


@dataclass(frozen=True, slots=True, order=True)
class _Unlike:
    """How a run differs from one outcome; less is nearer: in what was done rather than in how
    someone who follows it reads it, then by the number of sentences."""

    done: bool
    number: int
    sentences: Sequence[str] = field(compare=False)


def _unlike(
    flow: Flow, outcome: Outcome, played: Played, oracle: SeededOracle, trigger: JsonValue
) -> _Unlike:
    if outcome.torn:  # the host may have passed on another of the errors
        return _Unlike(False, 0, ())
    waits = frozenset(n.id for n in flow.nodes.values() if not isinstance(n.op, Invoke))
    found = differences(flow, outcome, played.observed, invisible=waits)
    if outcome.status == "completed":
        found += _wrong_attempts(outcome, played.calls, oracle)
    if found:
        return _Unlike(True, len(found), found)
    told = winners(flow, outcome)
    read = misled(outcome, follow(flow, trigger, _run(played), played.answers, told))
    return _Unlike(False, len(read), read)


def _wrong_attempts(
    outcome: Outcome, calls: Mapping[Activation, int], oracle: SeededOracle
) -> list[str]:
    lost, chain = {node for node, _ in outcome.lost}, Wiring(oracle.flow).chain
    wanted = {at: len(list(oracle.attempts(*at))) for at in calls}
    return [
        f"{node}{list(path) or ''} was tried {calls[node, path]} times, not {wanted[node, path]}"
        for node, path in sorted(calls)
        if calls[node, path] != wanted[node, path] and not lost & {node, *chain[node]}
    ]
