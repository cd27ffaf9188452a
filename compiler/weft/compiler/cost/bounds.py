"""The fewest and the most transitions that any run of a definition can make."""

from collections.abc import Callable, Mapping
from typing import Any

from weft.compiler.cost.reach import in_order, targets

State = Mapping[str, Any]


def fewest(machine: State) -> int:
    """Along the shortest way: for-each loops without items, nothing tried again."""
    return _along(machine, min, lambda state: _inside_least(state))


def most(machine: State, items: float) -> int:
    """Along the longest way: `items` in each for-each, every retry used.

    Ways that exclude each other may both count, so no run makes more.
    """
    return _along(machine, max, lambda state: _inside_most(state, items))


def _along(
    machine: State, choose: Callable[[list[int]], int], inside: Callable[[State], int]
) -> int:
    states = machine["States"]
    best: dict[str, int] = {}
    for name in reversed(in_order(machine)):
        state = states[name]
        after = [best[target] for target in targets(state) if target in best]
        best[name] = 1 + inside(state) + (choose(after) if after else 0)
    return best[machine["StartAt"]]


def _inside_least(state: State) -> int:
    return sum(fewest(branch) for branch in state.get("Branches", ()))


def _inside_most(state: State, items: float) -> int:
    attempts: int = sum(rule.get("MaxAttempts", 3) for rule in state.get("Retry", ()))
    branches = sum(most(branch, items) for branch in state.get("Branches", ()))
    body = most(state["ItemProcessor"], items) * round(items) if "ItemProcessor" in state else 0
    return attempts + branches + body
