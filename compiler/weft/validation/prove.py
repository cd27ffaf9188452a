"""A short differential simulation of one artefact: does it do what its graph means?

Run before every publish. What cannot be decided here (a run that meets a limit of the host, or
takes too long) is counted, never held against the artefact.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from weft.asl.limits import MAX_PAYLOAD
from weft.asl.raised import restored
from weft.asl.verify.verify import verify
from weft.compiler.artefact import Artefact
from weft.domain.errors import Bug
from weft.engine.errors import DefinitionInvalid
from weft.engine.timestamps import parse_timestamp
from weft.expressions.ast import JsonValue
from weft.expressions.errors import ExpressionLimit
from weft.validation.comparison import Compared, compare
from weft.validation.host import OracleHost
from weft.validation.oracle import SeededOracle
from weft.validation.plausible import Plausible

RUNS = 6
BUDGET_SECONDS = 0.15  # of running; after this no more runs are begun
PATIENCE_SECONDS = 5.0  # after this the last one is given up
# How likely an effect fails for good where nothing handles it, one run after another.
_FAILURES = (0.0, 0.0, 0.06)
_TOO_MANY_EVENTS = "maximum number of history events"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """How many runs agreed, and how many told nothing because a limit was met."""

    agreed: int
    undecided: int


async def prove(
    artefact: Artefact,
    *,
    runs: int = RUNS,
    seed: int = 0,
    budget_seconds: float = BUDGET_SECONDS,
) -> Proof:
    """Compare `runs` runs, the first with `seed`; at least one, whatever the budget.

    Raises Bug, naming the seed, when the artefact does something else than its graph means, or
    when the verifier finds something in the definition, or the embedded host refuses it.
    """
    found = verify(artefact.definition)
    for child in artefact.children.values():
        found += verify(dict(child.definition), kind=child.type)
    if found:
        raise Bug(f"the definition is wrong: {found[0].message} at {found[0].path}")
    agreed = undecided = 0
    # Time is skipped: retries and waits that add up must not end a run.
    definition = {k: v for k, v in artefact.definition.items() if k != "TimeoutSeconds"}
    with tempfile.TemporaryDirectory() as folder:
        async with OracleHost(Path(folder)) as host:
            try:
                machine = host.load(replace(artefact, definition=definition))
            except DefinitionInvalid as refusal:
                raise Bug(f"the host refuses the definition: {refusal}") from refusal
            plausible = Plausible(artefact.flow)
            started = time.monotonic()
            for number in range(seed, seed + runs):
                if agreed + undecided and time.monotonic() - started > budget_seconds:
                    break
                compared = await _run(host, artefact, machine, plausible, number)
                if compared is not None and compared.differences:  # again: a stall is no proof
                    compared = await _run(host, artefact, machine, plausible, number)
                if compared is None or (compared.differences and _undecidable(compared)):
                    undecided += 1
                elif compared.differences:
                    told = "; ".join(compared.differences[:_SHOWN])
                    raise Bug(f"compiled to something else, seen with seed {number}: {told}")
                else:
                    agreed += 1
    return Proof(agreed, undecided)


async def _run(
    host: OracleHost, artefact: Artefact, machine: str, plausible: Plausible, seed: int
) -> Compared | None:
    failures = _FAILURES[seed % len(_FAILURES)]
    oracle = SeededOracle(artefact.flow, seed, plausible.answers, failures)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            flow, trigger = artefact.flow, plausible.trigger(seed)
            return await compare(host, flow, machine, trigger, oracle, meant=artefact.meant)
    except (TimeoutError, ExpressionLimit):
        return None


def _undecidable(compared: Compared) -> bool:
    """The host ended the run for its size or length, values came near a size it refuses, or a
    wait was to last until what is no time, of which the semantics say nothing."""
    ended = compared.played.ended
    error, cause = restored(ended.error or "", ended.cause or "")
    if error == "States.DataLimitExceeded" or _TOO_MANY_EVENTS in cause:
        return True
    if any(_waits_for_no_time(called.arguments) for called in compared.outcome.effects):
        return True
    try:
        size = len(orjson.dumps(list(compared.outcome.values.values())))
    except TypeError:  # nested deeper than hosts take
        return True
    return size > MAX_PAYLOAD // 2


def _waits_for_no_time(arguments: JsonValue) -> bool:
    if not (isinstance(arguments, dict) and arguments.keys() == {"until"}):
        return False
    try:
        parse_timestamp(str(arguments["until"]))
    except ValueError:
        return True
    return False
