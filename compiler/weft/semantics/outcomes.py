"""Every way a run can go: races are the only thing that the answers of effects do not decide."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from weft.expressions.ast import JsonValue
from weft.ir.flow import Flow
from weft.ir.ops import Race
from weft.semantics.answers import Answer, Ok, Oracle, Path
from weft.semantics.interpreter import interpret
from weft.semantics.outcome import Outcome


class Outcomes:
    """The outcomes of one run of a flow, by which of the arms that arrive wins each race.

    A script is a choice per race, in the order in which the interpreter comes to them; where it is
    too short the first arm wins.
    """

    def __init__(self, flow: Flow, trigger: JsonValue, run: JsonValue, oracle: Oracle) -> None:
        self._flow, self._trigger, self._run, self._oracle = flow, trigger, run, oracle

    def every(self) -> Iterator[Outcome]:
        """One for each way in which the races can end; one where there is none.

        Their number is the product of the arms that arrive, over all races that are run.
        """
        script: list[int] = []
        while True:
            outcome, taken = self._played(script)
            yield outcome
            while taken and taken[-1][0] + 1 == taken[-1][1]:
                taken.pop()
            if not taken:
                return
            script = [choice for choice, _ in taken]
            script[-1] += 1

    def nearer(self, distance: Callable[[Outcome], Any]) -> Iterator[Outcome]:
        """Outcomes ever nearer to something seen, one race changed at a time, until none is nearer.

        Steepest descent by coordinates: their number is the sum of the arms that arrive, a few
        times over, where a race decides over what is seen only by what it passes on.
        """
        script: list[int] = []
        outcome, taken = self._played(script)
        least = distance(outcome)
        yield outcome
        improved = True
        while improved:
            improved, position = False, 0
            while position < len(taken):
                chosen, arms = taken[position]
                for choice in range(arms):
                    if choice == chosen:
                        continue
                    script = [pick for pick, _ in taken]
                    script[position] = choice
                    outcome, others = self._played(script)
                    found = distance(outcome)
                    if found < least:
                        least, taken, improved = found, others, True
                        yield outcome
                        break
                position += 1

    def _played(self, script: Sequence[int]) -> tuple[Outcome, list[tuple[int, int]]]:
        """The outcome, and of each race which arm won, of how many."""
        taken: list[tuple[int, int]] = []

        def decide(node_id: str, path: Path, arguments: JsonValue) -> Answer:
            if not isinstance(self._flow.find(node_id).op, Race):
                return self._oracle(node_id, path, arguments)
            assert isinstance(arguments, dict)
            arms = arguments["arms"]
            assert isinstance(arms, list)
            choice = script[len(taken)] if len(taken) < len(script) else 0
            choice = min(choice, len(arms) - 1)  # another race may decide who meets in this one
            taken.append((choice, len(arms)))
            return Ok({"arm": arms[choice]})

        return interpret(self._flow, self._trigger, self._run, decide), taken
