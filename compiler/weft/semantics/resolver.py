"""The same meaning with partial knowledge: tell it what effects did, it tells what follows.

For whoever follows a run live. Answers may come in any order, also before their node's turn.
Every edge is looked at once per activation, so a whole run costs what its size costs.
A node whose expressions cost too much to follow here stays open, with all that depends on it.
"""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from weft.expressions.ast import JsonValue
from weft.expressions.errors import ExpressionLimit
from weft.ir.flow import TOP, Flow, FlowNode
from weft.ir.ops import ForEach, Invoke, Race, Repeat, Require, Sleep
from weft.semantics.answers import Activation, Failed, Knowledge, Ok, Path, Running, Waiting
from weft.semantics.facts import Environment, Facts, Status
from weft.semantics.firing import (
    answered,
    arguments,
    arrived,
    back_value,
    compute,
    ended,
    environment,
    error_value,
    fires,
    items_of,
    recovered,
    required,
)
from weft.semantics.outcome import response_of, results_of
from weft.semantics.races import arrived_first, won
from weft.semantics.rounds import begin_round, goes_on, leave, too_many_rounds
from weft.semantics.tokens import Fired
from weft.semantics.wiring import Wiring

_LOOPS = (ForEach, Repeat, Race)
_FINAL = frozenset({Status.SUCCESS, Status.ERROR, Status.SKIPPED})


class Change(NamedTuple):
    """An activation's new status; `order` counts over the run, `error` is as ports carry it."""

    node: str
    path: Path
    status: Status
    value: JsonValue
    order: int
    error: Mapping[str, JsonValue] | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """All that follows from what is known; activations without a status are idle."""

    statuses: Mapping[Activation, Status]
    values: Mapping[Activation, JsonValue]


def resolve(
    flow: Flow, trigger: JsonValue, run: JsonValue, known: Mapping[Activation, Knowledge]
) -> Resolution:
    """What follows from `known`, in one go."""
    resolver = Resolver(flow, trigger, run)
    for (node_id, path), answer in known.items():
        resolver.learn(node_id, path, answer)
    return Resolution(resolver.facts.statuses, resolver.facts.values)


class Resolver:
    """`opening` is what follows from the trigger alone; `learn` tells what an answer changes.

    Who follows many runs of one flow gives its wiring, which is the same for all of them.
    """

    def __init__(self, flow: Flow | Wiring, trigger: JsonValue, run: JsonValue) -> None:
        wiring = flow if isinstance(flow, Wiring) else Wiring(flow)
        self.facts = Facts(wiring, trigger, run)
        self.failing: dict[Activation, Mapping[str, JsonValue]] = {}
        self._known: dict[Activation, Knowledge] = {}
        self._due: dict[Activation, Environment] = {}
        self._pending: dict[Activation, int] = {}
        self._left: dict[Activation, int] = {}  # unresolved nodes of a scope, by (loop, path)
        self._done: dict[Activation, list[JsonValue]] = {}
        self._open_items: dict[Activation, int] = {}
        self._lost_to: dict[Activation, tuple[Failed, Activation]] = {}  # race → an arm's error
        self._ready: deque[tuple[FlowNode, Path]] = deque()
        self._changes: list[Change] = []
        self._order = 0
        self._open(TOP, ())
        self.opening = self._drain()

    def learn(self, node_id: str, path: Path, answer: Knowledge) -> list[Change]:
        """An effect has started, waits, or has ended; what changes by it, in order of cause.

        Saying a thing twice, or that an ended effect is running, changes nothing; nor does an
        answer of a node that is no effect, except that a host may say that a loop failed, or with
        the output `arm` which arm of a race has won.
        """
        at = (node_id, path)
        if node_id not in self.facts.wiring.flow.nodes:
            raise KeyError(f"the flow has no node {node_id}")
        if self.facts.statuses.get(at) in _FINAL:
            return []
        node = self.facts.wiring.flow.nodes[node_id]
        if isinstance(node.op, Race) and isinstance(answer, Ok):
            self._known[at] = answer
            self._decide(node, node.op, path)
        elif isinstance(node.op, _LOOPS):
            if isinstance(answer, Failed) and at in self._due:
                self.facts.lost.add(at)
                self._fail(node, self._due.pop(at), answer, at)
        elif isinstance(self._known.get(at), Running | Waiting | None):
            self._known[at] = answer
            if at in self._due:
                with suppress(ExpressionLimit):  # as in `_drain`
                    self._hear(at)
        return self._drain()

    def is_over(self) -> bool:
        """Whether the run has failed, or nothing in it is open any more."""
        return bool(self.failing) or self._left.get((TOP, ())) == 0

    def due(self) -> list[Activation]:
        """Effects whose turn has come and that have not ended."""
        nodes = self.facts.wiring.flow.nodes
        return [at for at in self._due if not isinstance(nodes[at[0]].op, _LOOPS)]

    def arguments(self, node_id: str, path: Path) -> JsonValue:
        """What an effect is called with, from its turn until it ends; KeyError at other times."""
        env = self._due[node_id, path]
        return arguments(self.facts.wiring.flow.nodes[node_id].op, env)

    def result(self) -> dict[str, JsonValue]:
        """The run's result as far as it is known; meant for when it is over."""
        return results_of(self.facts)

    def response(self) -> JsonValue:
        """The answer to a waiting caller as far as it is known."""
        return response_of(self.facts)

    def _drain(self) -> list[Change]:
        while self._ready:
            node, path = self._ready.popleft()
            try:
                self._turn(node, path)
            except ExpressionLimit:
                continue  # the host may manage it or not: what this node comes to is not known
        changes, self._changes = self._changes, []
        return changes

    def _open(self, scope: str, path: Path) -> None:
        wiring = self.facts.wiring
        body = wiring.inside(scope, path)
        self._left[scope, path] = len(body)
        for node in body:
            before = len(wiring.waits[node.id])
            if before:
                self._pending[node.id, path] = before
            else:
                self._ready.append((node, path))
        if not body:
            self._close(scope, path)

    def _turn(self, node: FlowNode, path: Path) -> None:
        if self.facts.wiring.races and self._stopped(node.id, path):
            return
        tokens = arrived(self.facts, node, path)
        if not fires(self.facts, node, tokens):
            return self._settle(node, path, Status.SKIPPED, Fired())
        env = environment(self.facts, node, path, tokens)
        op = node.op
        if isinstance(op, ForEach):
            self._iterate(node, op, env)
        elif isinstance(op, Race):
            self._race(node, op, env)
        elif isinstance(op, Repeat):
            self._due[node.id, path] = env
            self.facts.statuses[node.id, path] = Status.RUNNING
            self._tell((node.id, path), Status.RUNNING)
            self._round(node, op, (*path, 0))
        elif isinstance(op, (Invoke, Sleep)):
            self._due[node.id, path] = env
            if (node.id, path) in self._known:
                self._hear((node.id, path))
        elif isinstance(op, Require):
            end = required(node, op, env)
            if isinstance(end, Failed):
                self._fail(node, env, end, (node.id, path))
            else:
                self._settle(node, path, Status.SUCCESS, end)
        else:
            self._settle(node, path, ended(op), compute(node, env))

    def _hear(self, at: Activation) -> None:
        node, answer = self.facts.wiring.flow.nodes[at[0]], self._known[at]
        if isinstance(answer, (Running, Waiting)):
            status = Status.RUNNING if isinstance(answer, Running) else Status.WAITING
            if self.facts.statuses.get(at) is not status:
                self.facts.statuses[at] = status
                self._tell(at, status)
            return
        env = self._due.pop(at)
        end = answered(node, env, answer)
        if isinstance(end, Failed):
            self._fail(node, env, end, at)
        else:
            self._settle(node, at[1], Status.SUCCESS, end)

    def _iterate(self, node: FlowNode, op: ForEach, env: Environment) -> None:
        items, at = items_of(op, env), (node.id, env.path)
        self.facts.counts[at] = self._open_items[at] = len(items)
        self._done[at] = [None] * len(items)
        self._due[at] = env
        self.facts.statuses[at] = Status.RUNNING
        self._tell(at, Status.RUNNING)
        for index, item in enumerate(items):
            child = (*env.path, index)
            self.facts.live[node.id, child] = {op.item_port: item}
            self._open(node.id, child)
        if not items:
            self._finish(node.id, env.path)

    def _round(self, node: FlowNode, op: Repeat, child: Path) -> None:
        begin_round(self.facts, node, op, child)
        self._open(node.id, child)

    def _settle(
        self,
        node: FlowNode,
        path: Path,
        status: Status,
        fired: Fired,
        error: Mapping[str, JsonValue] | None = None,
    ) -> None:
        at = (node.id, path)
        live, value = fired
        self.facts.settle(at, status, live, value)
        self._tell(at, status, value, error)
        wiring, pending = self.facts.wiring, self._pending
        for follower in wiring.follows[node.id]:
            then = (follower, path)
            left = pending[then] - 1
            pending[then] = left
            if left == 0:
                self._ready.append((wiring.flow.nodes[follower], path))
        left = self._left[node.scope, path] - 1
        self._left[node.scope, path] = left
        if left == 0:
            self._close(node.scope, path)

    def _close(self, scope: str, child: Path) -> None:
        """Every node of an iteration is resolved, or the iteration was given up."""
        at = (scope, child[:-1])
        if scope == TOP or at not in self._due:
            return
        node = self.facts.wiring.flow.nodes[scope]
        if isinstance(node.op, Repeat):
            return self._end_round(node, node.op, child)
        if isinstance(node.op, Race):
            return self._end_arm(node, node.op, at)
        if (scope, child) not in self.facts.lost:
            self._done[at][child[-1]] = back_value(self.facts, scope, child)
        self._open_items[at] -= 1
        if self._open_items[at] == 0:
            self._finish(*at)

    def _end_round(self, node: FlowNode, op: Repeat, child: Path) -> None:
        at = (node.id, child[:-1])
        if not goes_on(self.facts, node, child):
            del self._due[at]
            self._settle(node, at[1], Status.SUCCESS, leave(self.facts, op, child))
        elif child[-1] + 1 < op.rounds:
            self._round(node, op, (*at[1], child[-1] + 1))
        else:
            self.facts.lost.add(at)
            self._fail(node, self._due.pop(at), too_many_rounds(node, op), (node.drawn, at[1]))

    def _race(self, node: FlowNode, op: Race, env: Environment) -> None:
        at = (node.id, env.path)
        self._due[at] = env
        self._open_items[at] = len(op.numbers)
        self.facts.statuses[at] = Status.RUNNING
        self._tell(at, Status.RUNNING)
        for arm in op.numbers:
            self._open(node.id, (*env.path, arm))

    def _end_arm(self, node: FlowNode, op: Race, at: Activation) -> None:
        """An arm is resolved or has failed. Where one arrives only the host knows which is first:
        what it was told of the arms says nothing of the order in which they ended."""
        self._open_items[at] -= 1
        self._decide(node, op, at[1])
        if self._open_items[at] or at not in self._due:
            return
        arms = [(*at[1], arm) for arm in op.numbers]
        if any(self._arrived(node, arm) for arm in arms):
            return
        env = self._due.pop(at)
        if at in self._lost_to:
            self._fail(node, env, *self._lost_to[at])
        else:
            self._settle(node, at[1], Status.SUCCESS, Fired())

    def _arrived(self, node: FlowNode, child: Path) -> list[JsonValue]:
        """What a resolved arm gives; nothing of one that is lost or open."""
        if (node.id, child) in self.facts.lost or self._left.get((node.id, child)) != 0:
            return []
        return arrived_first(self.facts, node, child)

    def _decide(self, node: FlowNode, op: Race, path: Path) -> None:
        """The race is over as soon as both the winner and what it gives are known."""
        at, told = (node.id, path), self._known.get((node.id, path))
        winner = told.outputs.get("arm") if isinstance(told, Ok) else None
        if at not in self._due or not isinstance(winner, int):
            return
        came = self._arrived(node, (*path, winner))
        if not came:
            return
        env = self._due.pop(at)
        for arm in op.numbers:
            if arm != winner:
                self._stop(node.id, (*path, arm))
        end = won(op, came[0])
        if isinstance(end, Failed):
            self._fail(node, env, end, at)
        else:
            self._settle(node, path, Status.SUCCESS, end)

    def _stop(self, race: str, arm: Path) -> None:
        """An arm has lost: what is not over in it is skipped."""
        wiring, deep = self.facts.wiring, len(arm) - 1
        self.facts.lost.add((race, arm))
        inside = [
            at
            for at in self._due
            if at[1][: deep + 1] == arm and race in wiring.chain[at[0]][deep : deep + 1]
        ]
        direct = [(node.id, arm) for node in wiring.inside(race, arm)]
        for at in dict.fromkeys((*inside, *direct)):
            self._due.pop(at, None)
            if self.facts.statuses.get(at) not in _FINAL:
                self.facts.statuses[at] = Status.SKIPPED
                self._tell(at, Status.SKIPPED)

    def _stopped(self, node_id: str, path: Path) -> bool:
        """Whether the node is in an arm that has lost."""
        wiring = self.facts.wiring
        return any(
            (race, path[: level + 1]) in self.facts.lost
            for level, race in enumerate(wiring.chain[node_id])
            if isinstance(wiring.flow.nodes[race].op, Race)
        )

    def _finish(self, for_each: str, path: Path) -> None:
        node = self.facts.wiring.flow.nodes[for_each]
        assert isinstance(node.op, ForEach)
        del self._due[for_each, path]
        done: JsonValue = self._done.pop((for_each, path))
        self._settle(node, path, Status.SUCCESS, Fired({node.op.done_port: done}, done))

    def _fail(self, node: FlowNode, env: Environment, error: Failed, origin: Activation) -> None:
        shown = error_value(origin[0], error)
        # A loop is not tried again, whatever became of the step that made it fail.
        loop = isinstance(node.op, _LOOPS)
        own = Failed(error.type, error.message) if loop else error
        fired = recovered(self.facts, node, env, own)
        if fired is not None:
            return self._settle(node, env.path, Status.ERROR, fired, shown)
        self.facts.statuses[node.id, env.path] = Status.ERROR
        self._tell((node.id, env.path), Status.ERROR, None, shown)
        if node.scope == TOP:
            self.failing.setdefault(origin, shown)
            return
        outer, around = self.facts.wiring.flow.nodes[node.scope], (node.scope, env.path[:-1])
        if around not in self._due or (outer.id, env.path) in self.facts.lost:
            return  # that loop, or that iteration of it, has failed already
        if isinstance(outer.op, ForEach) and outer.op.skip_failed:
            self.facts.lost.add((outer.id, env.path))
            self._close(outer.id, env.path)
        elif isinstance(outer.op, Race):
            self.facts.lost.add((outer.id, env.path))
            self._lost_to.setdefault(around, (error, origin))
            self._close(outer.id, env.path)
        else:
            self.facts.lost.add(around)
            self._fail(outer, self._due.pop(around), error, origin)

    def _tell(
        self,
        at: Activation,
        status: Status,
        value: JsonValue = None,
        error: Mapping[str, JsonValue] | None = None,
    ) -> None:
        self._changes.append(Change(at[0], at[1], status, value, self._order, error))
        self._order += 1
