"""Lead open ends to the arms of a choice, by what is known at each end."""

from dataclasses import dataclass, field, replace
from typing import Any

from weft.compiler.emit.fragment import Exit, State
from weft.compiler.emit.knowledge import Knowledge
from weft.compiler.emit.render import ABSENT, Renderer, quoted
from weft.compiler.schedule.diagrams import Diagram
from weft.compiler.schedule.regions import Choose, recorded_in
from weft.expressions.ast import Binary

# An end at a choice takes over the rules of the next choice while there are few of them.
_MOST_RULES = 12
_LONGEST_RULE = 1_500
PAST = -1  # the way that takes no arm


@dataclass(slots=True)
class Choosing:
    """Sorts ends by arm. `lost`: by arm, last for none, what to assign where it leaves others out.

    A choice that is left by its default takes over the rules of the next one; where one way is
    left, no choice is entered at all.
    """

    region: Choose
    knowledge: Knowledge
    render: Renderer
    lost: list[dict[str, Any]]
    leading: list[list[Exit]] = field(default_factory=list)  # by arm
    past: list[Exit] = field(default_factory=list)  # ends that take no arm

    def __post_init__(self) -> None:
        self.leading = [[] for _ in self.region.arms]

    def others(self, arm: int) -> list[str]:
        """The nodes that do not run where an arm is taken."""
        inside = set() if arm == PAST else set(recorded_in(self.region.arms[arm].body))
        return [node for node in dict.fromkeys(recorded_in(self.region)) if node not in inside]

    def led(self, end: Exit) -> bool:
        """Lead an end on without a state of its own, if it can be done."""
        ways = self._ways(end.facts.known)
        if end.starts and (len(ways) > 1 or ways[0][0] == PAST or self.lost[ways[0][0]]):
            return False
        if len(ways) == 1:
            self._send(end, *ways[0])
            return True
        if end.choice is None or len(end.choice.state["Choices"]) + len(ways) > _MOST_RULES:
            return False
        longest = max(len(self._text(arm, end)) for arm, _ in ways[:-1]) + len(end.when)
        if longest > _LONGEST_RULE:
            return False
        self.spread(end)
        return True

    def only_way(self, known: Diagram) -> int | None:
        """The arm that is taken wherever `known` holds, if it is always the same."""
        ways = self._ways(known)
        return ways[0][0] if len(ways) == 1 else None

    def spread(self, end: Exit) -> None:
        """Rules of its choice for every way but the last, which the end itself takes."""
        *ways, last = self._ways(end.facts.known)
        for arm, known in ways:
            choice = end.choice
            assert choice is not None
            text = self._text(arm, end)
            # A guard's text is only as good as what holds around it, so that is tested again.
            when = f"({end.when}) and ({text})" if end.when else text
            guard = self.region.arms[arm].when
            if end.guard is not None:
                guard = Binary("and", end.guard, guard)
            rule: State = {"Condition": quoted(when)}
            if "Assign" in end.holder:
                rule["Assign"] = dict(end.holder["Assign"])
            rules = choice.state["Choices"]
            at = (
                len(rules)
                if end.holder is choice.state
                else next(k for k, other in enumerate(rules) if other is end.holder)
            )
            rules.insert(at, rule)
            choice.guards.insert(at, guard)
            led = Exit(rule, "Next", end.facts, choice=choice, when=when, guard=guard)
            self._send(led, arm, known)
        self._send(end, *last)

    def _ways(self, known: Diagram) -> list[tuple[int, Diagram]]:
        """Arms that can run, and what is known where each does; PAST stands for none of them."""
        knowledge = self.knowledge
        ways: list[tuple[int, Diagram]] = []
        rest = known
        last = len(self.region.arms) - 1
        for index, arm in enumerate(self.region.arms):
            taken = (
                rest if self.region.covers and index == last else knowledge.both(rest, arm.guard)
            )
            if taken is not False:
                ways.append((index, taken))
            if taken is rest and (arm.guard is not None or (self.region.covers and index == last)):
                return ways
            rest = knowledge.less(rest, arm.guard)
        if not self.region.covers and rest is not False:
            ways.append((PAST, rest))
        return ways

    def _text(self, arm: int, end: Exit) -> str:
        return self.render.code(self.region.arms[arm].when, end.facts)

    def _send(self, end: Exit, arm: int, known: Diagram) -> None:
        end.assign(self.lost[arm])
        absent = {f"n:{node}": ABSENT for node in self.others(arm)}
        led = replace(end, facts=end.facts.told(absent, known))
        (self.past if arm == PAST else self.leading[arm]).append(led)
