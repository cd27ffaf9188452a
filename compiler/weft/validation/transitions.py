"""How many transitions a run should have made, given what was decided in it."""

from collections.abc import Collection

from weft.compiler.cost.counted import transitions
from weft.compiler.cost.machine import Machine
from weft.compiler.cost.reach import AWAITED_FIRST, CAUGHT, FUTURE, LATE, TOLD_FIRST
from weft.compiler.lower.activation import outcome_of
from weft.compiler.schedule.diagrams import Outcome
from weft.ir.ops import Decide
from weft.semantics.answers import Activation, Path
from weft.semantics.facts import Facts, Status


def predicted(
    machine: Machine,
    facts: Facts,
    late: Collection[Activation] = (),
    awaited_first: Collection[str] = (),
) -> int:
    """The states that a completed run enters in Standard machines, from what is settled of it.

    `late`: the callbacks that nobody answered in time; `awaited_first`: the futures that were
    awaited before they were told.
    Raises KeyError where a condition rests on something else than outcomes.
    """
    flow, trigger = facts.wiring.flow, facts.trigger

    def decided(name: tuple[str, str], path: Path) -> Outcome:
        node_id, port = name
        if node_id == FUTURE:
            return AWAITED_FIRST if port in awaited_first else TOLD_FIRST
        if name == ("trigger", "") and isinstance(trigger, dict):
            return str(trigger["node"])
        here = path[: len(facts.wiring.chain.get(node_id, ()))]
        if port == CAUGHT:
            return "yes" if facts.statuses.get((node_id, here)) is Status.ERROR else "no"
        if port == LATE:
            return "yes" if (node_id, here) in late else "no"
        live = facts.live.get((node_id, here), {})
        if port:
            return "yes" if port in live else "no"
        taken = next(iter(live), None)
        node = flow.nodes[node_id]
        return taken if taken is None or isinstance(node.op, Decide) else outcome_of(node, taken)

    return transitions(machine.diagrams, machine.billed(), decided, facts.counts)
