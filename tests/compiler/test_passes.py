"""No pass may change what a program computes, and a second time it changes nothing."""

import random
from typing import Any

import pytest

from weft.compiler.check.check import check
from weft.compiler.lower.lower import lower
from weft.compiler.lower.program import Program, is_fact
from weft.compiler.optimise import PASSES, Pass
from weft.compiler.parse import parse
from weft.compiler.schedule.conditions import Conditions
from weft.expressions.ast import JsonValue, Ref, RefKind
from weft.expressions.evaluate import evaluate
from weft.validation.probes import ProbeCatalogue
from weft.validation.random_graphs import random_graph, random_trigger

SEEDS = range(60)


class World:
    """Random facts, the same for every program of one seed."""

    def __init__(self, program: Program, seed: int, trigger: JsonValue) -> None:
        self.program, self.seed, self.trigger = program, seed, trigger
        self.known: dict[str, JsonValue] = {}

    def value(self, ref: Ref) -> JsonValue:
        match ref.kind:
            case RefKind.TRIGGER:
                return self.trigger
            case RefKind.RUN:
                return {"id": "r"}
            case _ if is_fact(ref.name):
                return self.fact(ref.name)
        if ref.name not in self.known:
            self.known[ref.name] = evaluate(self.program.definitions[ref.name], self.value)
        return self.known[ref.name]

    def fact(self, name: str) -> JsonValue:
        """An outcome or an iteration, the same whenever it is asked for."""
        chance = random.Random(f"{self.seed}/{name}")
        if name.startswith("i"):
            return {"item": {"n": chance.randint(0, 3)}, "index": 0, "path": "0"}
        ports: dict[str, Any] = {"output": {"n": chance.randint(0, 3), "flag": True}, "left": 1}
        taken = chance.choice(["ok", "error", "left", "right", None])
        return {"h": taken, "r": ports} if chance.random() < 0.7 else None


def program_of(seed: int) -> tuple[Program, JsonValue]:
    graph = random_graph(seed, None)
    flow = check(parse(graph), ProbeCatalogue())
    return lower(flow, Conditions(flow).settled()), random_trigger(seed, graph)


@pytest.mark.parametrize("apply", PASSES, ids=lambda apply: apply.__name__)
def test_a_pass_keeps_every_value(apply: Pass) -> None:
    for seed in SEEDS:
        program, trigger = program_of(seed)
        before, after = World(program, seed, trigger), World(apply(program), seed, trigger)
        for name in program.definitions:
            ref = Ref(RefKind.SYMBOL, name)
            if program.scope_of[name] == "":
                assert after.value(ref) == before.value(ref), (seed, name)


@pytest.mark.parametrize("apply", PASSES, ids=lambda apply: apply.__name__)
def test_a_pass_applied_twice_changes_nothing_more(apply: Pass) -> None:
    for seed in SEEDS:
        once = apply(program_of(seed)[0])
        again = apply(once)
        assert again.definitions == once.definitions
        assert again.effects == once.effects
