"""The figures of one lowering over many graphs: ratios, money, what was not accepted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from weft.bench.runs import Measured
from weft.compiler.cost.prices import Prices

LARGE = 15  # nodes from which a graph's spans are reported apart


@dataclass(frozen=True, slots=True)
class Figures:
    """Ratios are sums over all counted runs, divided; spans are means. Money is in dollars."""

    way: str
    repeatable: float | None  # the share of calls of other services that was assumed, if it matters
    graphs: int
    accepted: int
    refused: Mapping[str, int]
    mismatched: tuple[str, ...]  # "graph: seed: difference"
    runs: int
    counted_runs: int
    live_nodes: int
    transitions: float  # per live node, those in Express executions too
    billed_transitions: float  # per live node: of Standard executions, retries counted
    lambda_calls: float  # per live node
    calls: float  # per live node, of anything outside: as many would be functions' without native
    span_known: float
    span_uncertain: float
    span_uncertain_large: float  # graphs of at least LARGE nodes
    span_worst: float  # uncertain
    dollars: float  # per 1,000 runs
    compile_seconds: float  # per 1,000 nodes
    bytes: float  # of the definition, per node

    @property
    def title(self) -> str:
        """The way, with what was assumed for it."""
        return self.way if self.repeatable is None else f"{self.way} {self.repeatable:.0%}"


def figures(
    way: str, measured: Sequence[Measured], prices: Prices, repeatable: float | None = None
) -> Figures:
    """Sum up."""
    every = [run for one in measured for run in one.counted]
    live = sum(run.live for run in every)
    per_live = 1 / (live or 1)
    compiled = [one for one in measured if one.bytes]
    nodes = sum(one.nodes for one in compiled) or 1
    large = [run for one in measured if one.nodes >= LARGE for run in one.counted]
    uncertain = [ratio for run in every for ratio in run.uncertain]
    uses = [run.use for run in every]
    billed = sum(use.transitions + use.retries for use in uses)
    # There every node is a function: the Pass states that compute one stand for calls.
    pure = sum(use.pure for use in uses) if way == "naive-layers" else 0
    return Figures(
        way=way,
        repeatable=repeatable,
        graphs=len(measured),
        accepted=sum(one.accepted for one in measured),
        refused=dict(sorted(Counter(_refusal(m) for m in measured if not m.accepted).items())),
        mismatched=tuple(
            f"{one.name}: {seed}: {found[0]}" for one in measured for seed, found in one.differences
        ),
        runs=sum(one.runs for one in measured),
        counted_runs=len(every),
        live_nodes=live,
        transitions=sum(use.transitions + use.inner for use in uses) * per_live,
        billed_transitions=billed * per_live,
        lambda_calls=(sum(len(use.functions) for use in uses) + pure) * per_live,
        calls=sum(use.calls for use in uses) * per_live,
        span_known=_mean(run.known for run in every if run.known is not None),
        span_uncertain=_mean(uncertain),
        span_uncertain_large=_mean(ratio for run in large for ratio in run.uncertain),
        span_worst=max(uncertain, default=0.0),
        dollars=1000 * (_mean(use.usd(prices) for use in uses))
        + 1000 * pure * prices.lambda_request / (len(every) or 1),
        compile_seconds=1000 * sum(one.compile_seconds for one in compiled) / nodes,
        bytes=sum(one.bytes for one in compiled) / nodes,
    )


def _refusal(one: Measured) -> str:
    if one.refused:
        return "+".join(one.refused)
    return "mismatch" if one.differences else "node without a state"


def _mean(values: Iterable[float]) -> float:
    held = list(values)
    return sum(held) / len(held) if held else 0.0
