"""Every way a run can go: races are the only thing that the answers of effects do not decide."""

from collections.abc import Iterator

from weft.expressions.ast import JsonValue
from weft.ir.flow import Flow
from weft.ir.ops import Race
from weft.semantics.answers import Answer, Ok, Oracle, Path
from weft.semantics.interpreter import interpret
from weft.semantics.outcome import Outcome


def every_outcome(
    flow: Flow, trigger: JsonValue, run: JsonValue, oracle: Oracle
) -> Iterator[Outcome]:
    """The outcome for each way in which the races of a run can end; one where it has none.

    Their number is the product of the arms that arrive, over all races that are run.
    """
    script: list[int] = []
    while True:
        taken: list[tuple[int, int]] = []

        def decide(
            node_id: str,
            path: Path,
            arguments: JsonValue,
            script: list[int] = script,
            taken: list[tuple[int, int]] = taken,
        ) -> Answer:
            if not isinstance(flow.find(node_id).op, Race):
                return oracle(node_id, path, arguments)
            assert isinstance(arguments, dict)
            arms = arguments["arms"]
            assert isinstance(arms, list)
            choice = script[len(taken)] if len(taken) < len(script) else 0
            taken.append((choice, len(arms)))
            return Ok({"arm": arms[choice]})

        yield interpret(flow, trigger, run, decide)
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        script = [choice for choice, _ in taken]
        script[-1] += 1
