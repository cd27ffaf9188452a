"""What runs of a compiled graph are expected to cost, and what they can cost at most."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.asl.machines import started
from weft.asl.token_item import GET, UPDATE
from weft.compiler.cost.bounds import Bounds
from weft.compiler.cost.chances import Chances
from weft.compiler.cost.machine import Machine
from weft.compiler.cost.prices import Prices
from weft.compiler.cost.reach import Entered

EXPRESS_GRANULE = 0.1  # seconds that Express durations are rounded up to
STATE_SECONDS = 0.03  # what a state adds to a run's time


@dataclass(frozen=True, slots=True)
class Use:
    """What a run uses, on average."""

    transitions: float = 0.0  # Standard ones, which are billed one by one
    express_runs: float = 0.0
    express_seconds: float = 0.0
    lambda_calls: float = 0.0
    lambda_seconds: float = 0.0
    item_writes: float = 0.0  # of futures
    item_reads: float = 0.0

    def usd(self, prices: Prices) -> float:
        """Its price, without free tiers."""
        return (
            self.transitions * prices.standard_transition
            + self.express_runs * prices.express_request
            + self.express_seconds * prices.express_memory_gb * prices.express_gb_second
            + self.lambda_calls * prices.lambda_request
            + self.lambda_seconds * prices.lambda_memory_gb * prices.lambda_gb_second
            + self.item_writes * prices.dynamodb_write
            + self.item_reads * prices.dynamodb_read
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """`by_node`: expected transitions that a node is the reason of. Money is per 1,000 runs."""

    expected: Use
    fewest: int
    most: int
    usd_expected: float
    usd_worst: float
    by_node: Mapping[str, float] = field(default_factory=dict)


def estimate(
    machine: Machine, chances: Chances, prices: Prices, seconds: Mapping[str, float]
) -> Estimate:
    """`seconds`: what a call of a node takes."""
    shares = [_share(one, chances) for one in machine.entered]
    used = _use(machine, shares, seconds)
    bounds = Bounds(machine.standard, machine.rounds, chances.items)
    highest = bounds.most(machine.definition)
    calls = [one for one in machine.entered if _calls_lambda(one.state)]
    worst = Use(
        transitions=highest,
        lambda_calls=sum(_attempts(one, chances) for one in calls),
        lambda_seconds=sum(
            _attempts(one, chances) * one.state.get("TimeoutSeconds", 0)
            for one in calls
            if isinstance(one.state.get("TimeoutSeconds", 0), int)
        ),
        item_writes=sum(_attempts(one, chances) for one in machine.entered if _writes(one.state)),
        item_reads=sum(_attempts(one, chances) for one in machine.entered if _reads(one.state)),
    )
    by_node: dict[str, float] = defaultdict(float)
    for one, share in zip(machine.entered, shares, strict=True):
        if one.machine in machine.express:
            continue
        for node in machine.nodes.get(one.name, ()):
            by_node[node] += share / len(machine.nodes[one.name])
    return Estimate(
        expected=used,
        fewest=bounds.fewest(machine.definition),
        most=highest,
        usd_expected=1000 * used.usd(prices),
        usd_worst=1000 * worst.usd(prices),
        by_node=dict(by_node),
    )


def _share(one: Entered, chances: Chances) -> float:
    """How often a state is entered in a run, on average."""
    return chances.probability(one.when) * chances.times(one.loops)


def _use(machine: Machine, shares: Sequence[float], seconds: Mapping[str, float]) -> Use:
    billed = calls = called = starts = writes = reads = 0.0
    inside: dict[str, float] = defaultdict(float)
    for one, share in zip(machine.entered, shares, strict=True):
        here = share * sum(seconds.get(n, 0.0) for n in machine.nodes.get(one.name, ()))
        if one.machine in machine.express:
            inside[one.machine] += here + share * STATE_SECONDS
        else:
            billed += share
        if _calls_lambda(one.state):
            calls, called = calls + share, called + here
        writes += share * _writes(one.state)
        reads += share * _reads(one.state)
        starts += share * sum(
            name in machine.express for name in started(one.state.get("Arguments"))
        )
    express = sum(inside.values()) + starts * EXPRESS_GRANULE / 2
    return Use(billed, starts, express, calls, called, writes, reads)


def _resource(state: Mapping[str, Any]) -> str:
    return str(state.get("Resource", ""))


def _writes(state: Mapping[str, Any]) -> bool:
    return _resource(state).startswith(UPDATE)


def _reads(state: Mapping[str, Any]) -> bool:
    return _resource(state) == GET


def _calls_lambda(state: Mapping[str, Any]) -> bool:
    return _resource(state).startswith("lambda:invoke")


def _attempts(one: Entered, chances: Chances) -> float:
    tries: int = 1 + sum(rule.get("MaxAttempts", 3) for rule in one.state.get("Retry", ()))
    return tries * chances.times(one.loops)
