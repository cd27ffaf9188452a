"""The figures of one lowering over many graphs: ratios, money, what was not accepted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from weft.bench.runs import Counted, Measured
from weft.compiler.cost.prices import Prices
from weft.compiler.options import Lowering

LARGE = 15  # nodes from which a graph's spans are reported apart
MEMORY_GB = 0.25  # of every function (design §7.5)
# Classes of calls that Step Functions makes itself where the lowering lets it; what is left is
# code, and asking a person.
NATIVE = frozenset({"native", "llm", "subflow"})


@dataclass(frozen=True, slots=True)
class Figures:
    """Ratios are sums over all counted runs, divided; spans are means. Money is in dollars."""

    lowering: str
    graphs: int
    accepted: int
    refused: Mapping[str, int]
    mismatched: tuple[str, ...]  # "graph: seed: difference"
    runs: int
    counted_runs: int
    live_nodes: int
    transitions: float  # per live node
    billed_transitions: float  # per live node: of Standard executions, retries counted
    lambda_calls: float  # per live node, with native calls where the lowering makes them
    runner_calls: float  # per live node, with every call by a runner
    span_known: float
    span_uncertain: float
    span_uncertain_large: float  # graphs of at least LARGE nodes
    span_worst: float  # uncertain
    dollars: float  # per 1,000 runs
    compile_seconds: float  # per 1,000 nodes
    bytes: float  # of the definition, per node

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


def figures(lowering: Lowering, measured: Sequence[Measured], prices: Prices) -> Figures:
    """Sum up."""
    every = [run for one in measured for run in one.counted]
    live = sum(run.live for run in every) or 1
    compiled = [one for one in measured if one.bytes]
    nodes = sum(one.nodes for one in compiled) or 1
    large = [run for one in measured if one.nodes >= LARGE for run in one.counted]
    uncertain = [ratio for run in every for ratio in run.uncertain]
    return Figures(
        lowering=lowering.value,
        graphs=len(measured),
        accepted=sum(one.accepted for one in measured),
        refused=dict(sorted(Counter(_refusal(m) for m in measured if not m.accepted).items())),
        mismatched=tuple(
            f"{one.name}: {seed}: {found[0]}" for one in measured for seed, found in one.differences
        ),
        runs=sum(one.runs for one in measured),
        counted_runs=len(every),
        live_nodes=sum(run.live for run in every),
        transitions=sum(run.transitions for run in every) / live,
        billed_transitions=sum(run.transitions + run.retries for run in every) / live,
        lambda_calls=sum(_functions(run, lowering) for run in every) / live,
        runner_calls=sum(len(run.calls) for run in every) / live,
        span_known=_mean([run.known for run in every if run.known is not None]),
        span_uncertain=_mean(uncertain),
        span_uncertain_large=_mean([ratio for run in large for ratio in run.uncertain]),
        span_worst=max(uncertain, default=0.0),
        dollars=1000 * _mean([cost(run, lowering, prices) for run in every]),
        compile_seconds=1000 * sum(one.compile_seconds for one in compiled) / nodes,
        bytes=sum(one.bytes for one in compiled) / nodes,
    )


def cost(run: Counted, lowering: Lowering, prices: Prices) -> float:
    """Dollars for one run: transitions, and functions by request and time."""
    seconds = sum(call.seconds for call in run.calls if _is_function(call.kind, lowering))
    return (
        (run.transitions + run.retries) * prices.standard_transition
        + _functions(run, lowering) * prices.lambda_request
        + seconds * MEMORY_GB * prices.lambda_gb_second
    )


def _functions(run: Counted, lowering: Lowering) -> int:
    """In `naive-layers` every node is a function: its Pass states stand for calls of one."""
    calls = sum(_is_function(call.kind, lowering) for call in run.calls)
    return calls + (run.pure_states if lowering is Lowering.NAIVE_LAYERS else 0)


def _is_function(kind: str, lowering: Lowering) -> bool:
    by_runner = lowering in (Lowering.NAIVE_LAYERS, Lowering.SEQUENCE)
    return by_runner or kind not in NATIVE


def _refusal(one: Measured) -> str:
    if one.refused:
        return "+".join(one.refused)
    return "mismatch" if one.differences else "node without a state"


def _mean(values: Iterable[float]) -> float:
    held = list(values)
    return sum(held) / len(held) if held else 0.0
