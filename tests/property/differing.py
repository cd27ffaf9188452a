"""What a differential campaign in a test has to come to."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from weft.compiler.options import OPTIMAL, Options
from weft.validation.differential import FAILURES, Finding, Tally, campaign, smallest
from weft.validation.family import Family

# Compiling costs more than running, so each graph runs as often as still finds something new.
RUNS = FAILURES * 2


def compared(
    seeds: Iterable[int],
    family: Family,
    options: Options = OPTIMAL,
    *,
    size: int | None = None,
) -> Tally:
    """The tally of graphs that all are accepted, and of runs none of which differs."""
    tally = asyncio.run(campaign(seeds, size, family=family, options=options, failures=RUNS))
    assert not tally.refused, f"the compiler refuses valid graphs: {tally.refused}"
    found: list[Any] = [finding.seed for finding in tally.findings]
    assert not found, f"{len(found)} of {tally.graphs} differ: {found}\n" + explain(
        tally.findings[0], family, options=options
    )
    return tally


def explain(finding: Finding, family: Family, *, options: Options) -> str:
    """The smallest graph that shows the fault, and how to get at it again."""
    least = smallest(finding, family, options=options)
    lines = [f"seed {finding.seed}: `weft.validation.differential.campaign([{finding.seed}])`"]
    lines += ["on the smallest graph found:", json.dumps(least.graph, indent=1)]
    return "\n".join([*lines, *least.differences])
