"""Holds the reference evaluator to three JSONata engines over as many values as asked for.

`python -m tests.expressions.campaign VALUES` prints what each engine was asked, how fast, and what
it disagreed with; it exits with 1 when there is anything.
"""

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.expressions.engines import (
    Bindings,
    Engine,
    Failed,
    Original,
    fast_engine,
    node_and_npm,
    original_engine,
    second_engine,
)
from tests.expressions.random_expressions import HOLDS, Maker

from weft.expressions.ast import Expr, JsonValue, Ref
from weft.expressions.compiled import Program
from weft.expressions.to_jsonata import to_jsonata
from weft.expressions.values import Meter, identity

EXPRESSIONS, DATA = 25, 40  # in a batch: every expression over every set of data
ENGINES = ("npm", "fast", "second")
SHOWN = 20

Environment = dict[Ref, JsonValue]


@dataclass
class Report:
    """How many values each engine was asked, in what time, and where it disagreed."""

    values: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    disagreements: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """For people."""
        for name, number in self.values.items():
            rate = number / max(self.seconds[name], 1e-9)
            yield f"{name}: {number:,} values, {rate:,.0f} a second"
        yield f"disagreements: {len(self.disagreements)}"
        yield from self.disagreements[:SHOWN]


def name_of(reference: Ref) -> str:
    """What a reference is in JSONata: a field of a variable, which may be missing."""
    return f"$n_{reference.name}.r"


def bindings_of(environment: Environment, names: Any = HOLDS) -> Bindings:
    """Each reference is a field; one without value is missing, hence undefined in JSONata."""
    found: Bindings = {f"n_{name}": {} for name in names}
    return found | {f"n_{ref.name}": {"r": value} for ref, value in environment.items()}


def same(left: JsonValue, right: JsonValue) -> bool:
    """Equal in depth and type."""
    return identity(left, Meter()) == identity(right, Meter())


def campaign(
    values: int,
    seed: int | str,
    engines: Sequence[str] = ENGINES,
    minutes: float = float("inf"),
) -> Report:
    """Ask each engine at least `values` values, or as many as the time allows.

    The same seed asks the same.
    """
    end = time.monotonic() + 60 * minutes
    report = Report()
    with ExitStack() as stack:
        asked: dict[str, Engine] = {}
        if "npm" in engines:
            found = node_and_npm()
            if found is not None:
                asked["npm"] = stack.enter_context(original_engine(*found))
        asked |= {"fast": fast_engine()} if "fast" in engines else {}
        asked |= {"second": second_engine()} if "second" in engines else {}
        number = 0
        while number * EXPRESSIONS * DATA < values and time.monotonic() < end:
            _batch(random.Random(f"{seed}/{number}"), asked, report)
            number += 1
    return report


def _batch(generator: random.Random, asked: dict[str, Engine], report: Report) -> None:
    made = Maker(generator.randrange)
    expressions = [made.expression(3 + index % 2) for index in range(EXPRESSIONS)]
    environments = [made.environment() for _ in range(DATA)]
    texts = [to_jsonata(expr, name_of) for expr in expressions]
    data = [bindings_of(environment) for environment in environments]
    for text in texts:
        assert "{%" not in text and "%}" not in text
    began = time.perf_counter()
    npm = asked.get("npm")
    if isinstance(npm, Original):
        npm.send(texts, data)
    wanted = [
        [program.value(environment.get) for environment in environments]
        for program in map(Program, expressions)
    ]
    for name, engine in sorted(asked.items()):
        if engine is not npm:
            began_here = time.perf_counter()
            table = engine.table(texts, data)
            report.seconds[name] += time.perf_counter() - began_here
            _compare(name, (expressions, environments, texts), wanted, table, report)
    if isinstance(npm, Original):
        table = npm.receive()
        report.seconds["npm"] += time.perf_counter() - began
        _compare("npm", (expressions, environments, texts), wanted, table, report)


def _compare(
    name: str,
    asked: tuple[list[Expr], list[Environment], list[str]],
    wanted: list[list[JsonValue]],
    found: list[list[Any]],
    report: Report,
) -> None:
    for expr, text, means, gives in zip(asked[0], asked[2], wanted, found, strict=True):
        report.values[name] += len(means)
        for environment, right, value in zip(asked[1], means, gives, strict=True):
            if isinstance(value, Failed) or not same(right, value):
                report.disagreements.append(
                    f"{name}: {expr!r}\nwith {environment}\nmeans {right!r}, but {value!r} "
                    f"comes out of\n{text}\n"
                )
                break


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("values", type=int)
    parser.add_argument("--seed", default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    given = parser.parse_args()
    found = campaign(given.values, given.seed, given.engines, given.minutes)
    sys.stdout.write("\n".join([f"seed: {given.seed}", *found.lines()]) + "\n")
    sys.exit(1 if found.disagreements else 0)
