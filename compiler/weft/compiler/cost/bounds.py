"""The fewest and the most transitions that any completed run of an artefact can make."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.asl.machines import started
from weft.compiler.cost.reach import in_order, targets

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bounds:
    """`children`: definitions by name, without those whose states are not billed one by one.
    `rounds`: of each choice with which the rounds of a loop end, how many there may be. `items`:
    that a for-each is taken to have at most."""

    children: Mapping[str, State]
    rounds: Mapping[str, int]
    items: float
    _known: dict[tuple[str, bool], float] = field(default_factory=dict)

    def fewest(self, machine: State) -> int:
        """Along the shortest way: loops without items, one round each, nothing tried again."""
        return int(self._along(machine, longest=False))

    def most(self, machine: State) -> int:
        """Along the longest way: all items, all rounds, every retry.

        Ways that exclude each other may both count, so no run makes more.
        """
        return int(self._along(machine, longest=True))

    def _along(self, machine: State, *, longest: bool) -> float:
        choose: Callable[[list[float]], float] = max if longest else min
        states, order = machine["States"], in_order(machine)
        place = {name: k for k, name in enumerate(order)}
        weight: dict[str, float] = {}
        best: dict[str, float] = {}
        for name in reversed(order):
            state = states[name]
            weight[name] = 1 + self._inside(state, longest=longest)
            for test in self._tests(order[place[name] :], states, name) if longest else ():
                again = self.rounds.get(test, 1) - 1
                weight[name] += again * _between(order, states, weight, name, test)
            ahead = [best[t] for t in targets(state) if place[t] > place[name]]
            ahead += [0.0] if state.get("End") else []
            ends = state["Type"] == "Fail" and not longest  # a run that fails is not the shortest
            rest = choose(ahead) if ahead else 0.0
            best[name] = math.inf if ends else weight[name] + rest
        found = best[machine["StartAt"]]
        return found if math.isfinite(found) else float(len(order))

    def _inside(self, state: State, *, longest: bool) -> float:
        found = sum(self._along(branch, longest=longest) for branch in state.get("Branches", ()))
        for child in started(state.get("Arguments")):
            if child in self.children:
                found += self._child(child, longest=longest)
        if longest:
            found += sum(rule.get("MaxAttempts", 3) for rule in state.get("Retry", ()))
            if "ItemProcessor" in state:
                # One that stands for a choice has no selector, and one item at most.
                items = round(self.items) if "ItemSelector" in state else 1
                found += items * self._along(state["ItemProcessor"], longest=True)
        return found

    def _child(self, name: str, *, longest: bool) -> float:
        if (name, longest) not in self._known:
            self._known[name, longest] = self._along(self.children[name], longest=longest)
        return self._known[name, longest]

    def _tests(self, behind: Sequence[str], states: State, body: str) -> list[str]:
        """The choices that lead back to the state with which a loop's body begins."""
        return [name for name in behind if name in self.rounds and body in targets(states[name])]


def _between(
    order: Sequence[str], states: State, weight: Mapping[str, float], first: str, last: str
) -> float:
    """The longest way from one state to another, both counted."""
    best: dict[str, float] = {}
    for name in reversed(order[order.index(first) : order.index(last) + 1]):
        after = [best[target] for target in targets(states[name]) if target in best]
        if name == last:
            best[name] = weight[name]
        elif after:
            best[name] = weight[name] + max(after)
    return best[first]
