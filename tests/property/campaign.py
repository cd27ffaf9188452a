"""Runs random graphs of every family under every policy until so many runs have been compared.

`python -m tests.property.campaign RUNS [--first SEED] [--jobs N]` prints a line per block of graphs
and a table at the end; it exits with 1 when a run differed or a graph was refused.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import cycle, islice

from weft.compiler.options import Options, Policy
from weft.validation.differential import FAILURES, campaign
from weft.validation.family import (
    CALLS,
    CROSSINGS,
    LOOPS,
    PROBES,
    RACES,
    REAL,
    REAL_CALLS,
    REAL_LOOPS,
    REAL_RACES,
)

FAMILIES = {
    "probes": PROBES,
    "real": REAL,
    "loops": LOOPS,
    "real loops": REAL_LOOPS,
    "races": RACES,
    "real races": REAL_RACES,
    "calls": CALLS,
    "real calls": REAL_CALLS,
    "crossings": CROSSINGS,  # with futures
}
GRAPHS = 10  # in a block
# Compiling costs more than running, so each graph runs more often than in the tests.
RUNS = FAILURES * 16


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive seeds of one family, compiled under one policy."""

    family: str
    policy: Policy
    first: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What a block came to; `problems` in words, with the seed."""

    block: Block
    runs: int
    effects: int
    failed: int
    problems: tuple[str, ...]


def blocks(first: int) -> Iterator[Block]:
    """All blocks there are, family by family and policy by policy, from a seed on."""
    ways = cycle([(family, policy) for family in FAMILIES for policy in Policy])
    for number, (family, policy) in enumerate(ways):
        yield Block(family, policy, first + number * GRAPHS)


def examine(block: Block) -> Seen:
    """Compare every run of a block."""
    tally = asyncio.run(
        campaign(
            range(block.first, block.first + GRAPHS),
            family=FAMILIES[block.family],
            options=Options(policy=block.policy, futures=2 if block.family == "crossings" else 0),
            failures=RUNS,
        )
    )
    problems = [f"refused {number} times: {code}" for code, number in tally.refused.items()]
    problems += [f"seed {f.seed}: {'; '.join(f.differences)[:600]}" for f in tally.findings]
    return Seen(block, tally.runs, tally.effects, tally.failed_runs, tuple(problems))


def examined(wanted: int, first: int, jobs: int) -> Iterator[Seen]:
    """What the blocks came to, in the order in which they end, until `wanted` runs were seen."""
    source, runs = blocks(first), 0
    with ProcessPoolExecutor(jobs, max_tasks_per_child=50) as pool:
        waiting = {pool.submit(examine, block) for block in islice(source, jobs * 2)}
        while waiting:
            done = next(as_completed(waiting))
            waiting.remove(done)
            seen = done.result()
            runs += seen.runs
            if runs < wanted:
                waiting.add(pool.submit(examine, next(source)))
            yield seen


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask for so many runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=int)
    parser.add_argument("--first", type=int, default=10_000_000)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args(arguments)
    runs, problems = Counter[tuple[str, str]](), 0
    for seen in examined(asked.runs, asked.first, asked.jobs):
        block = seen.block
        runs[block.family, block.policy] += seen.runs
        problems += len(seen.problems)
        sys.stdout.write(
            f"{block.first} {block.family} {block.policy}: {seen.runs} runs, {seen.effects} calls, "
            f"{seen.failed} failed; {runs.total():,} in all, {problems} problems\n"
        )
        for problem in seen.problems:
            sys.stdout.write(f"  {problem}\n")
        sys.stdout.flush()
    for (family, policy), number in sorted(runs.items()):
        sys.stdout.write(f"| {family} | {policy} | {number:,} |\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
