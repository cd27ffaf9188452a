"""Every fault that we can think of is caught: by proof, by the verifier, or by simulation.

`python -m tests.mutation.test_mutation` prints who catches what.
"""

import sys

import pytest
from tests.mutation.faults import FAULTS
from tests.mutation.faulty_compiler import caught

from weft.validation.family import PROBES

GRAPHS = range(800_000, 800_040)  # looked at in turn, until somebody catches the fault
SIZE = 16
RUNS = 12
QUICK = ("flip a guard", "lose catches", "drop null-assigns")


def verdicts(name: str) -> list[str]:
    """Who caught the fault on each graph where it spoils something, until somebody did."""
    found: list[str] = []
    for seed in GRAPHS:
        graph = PROBES.graph(seed, SIZE)
        who = caught(graph, PROBES.catalogue, FAULTS[name], seed, RUNS)
        if who is not None:
            found.append(who)
        if who:
            break
    return found


@pytest.mark.parametrize("name", QUICK)
def test_a_fault_of_each_kind_is_caught(name: str) -> None:
    assert verdicts(name)[-1:] != [""]
    assert verdicts(name)


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name in FAULTS if name not in QUICK])
def test_every_fault_is_caught(name: str) -> None:
    found = verdicts(name)
    assert found, "the fault spoils nothing in any graph"
    assert found[-1], f"nobody catches it in {len(found)} graphs"


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= 30


if __name__ == "__main__":
    for fault in FAULTS:
        seen = verdicts(fault)
        who = seen[-1] if seen and seen[-1] else "NOBODY"
        sys.stdout.write(f"| {fault} | {who} | {len(seen)} |\n")
        sys.stdout.flush()
