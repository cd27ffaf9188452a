"""The reference interpreter: a flow, a trigger and an oracle in; the one right outcome out.

It reads like the rules, visits each scope once in topological order, and knows nothing of time:
any other order gives the same answer, since a node's firing depends on its in-edges alone.
"""

from weft.expressions.ast import JsonValue
from weft.ir.flow import CALLED, TOP, Flow, FlowNode, OnError, inner_id
from weft.ir.ops import Call, ForEach, Invoke, Race, Repeat, Require, Sleep
from weft.semantics.answers import Activation, Failed, Ok, Oracle, Path
from weft.semantics.facts import Environment, Facts, Status
from weft.semantics.firing import (
    answered,
    arguments,
    arrived,
    back_value,
    compute,
    demanded,
    ended,
    environment,
    error_value,
    fires,
    items_of,
    recovered,
    required,
)
from weft.semantics.outcome import Called, Outcome, response_of, results_of
from weft.semantics.races import arrived_first, won
from weft.semantics.rounds import begin_round, goes_on, leave, too_many_rounds
from weft.semantics.tokens import Fired
from weft.semantics.wiring import Wiring

Failing = dict[Activation, Failed]


def interpret(flow: Flow, trigger: JsonValue, run: JsonValue, oracle: Oracle) -> Outcome:
    """Run a flow. `trigger` is the envelope {"node", "type", "data", …}: its node is what fired."""
    execution = _Execution(Facts(Wiring(flow), trigger, run), oracle)
    return execution.outcome(execution.scope(TOP, ()))


class _Execution:
    def __init__(self, facts: Facts, oracle: Oracle) -> None:
        self.facts = facts
        self.oracle = oracle
        self.effects: list[Called] = []

    def scope(self, scope: str, path: Path) -> Failing:
        """Resolve every node of one iteration that is not behind a failing one."""
        failing: Failing = {}
        for node in self.facts.wiring.inside(scope, path):
            before = self.facts.wiring.waits[node.id]
            if all((other, path) in self.facts.live for other in before):
                failing |= self.node(node, path)
        return failing

    def node(self, node: FlowNode, path: Path) -> Failing:
        tokens = arrived(self.facts, node, path)
        if not fires(self.facts, node, tokens):
            return self.resolve(node, path, Status.SKIPPED, Fired())
        env = environment(self.facts, node, path, tokens)
        match node.op:
            case ForEach() as op:
                return self.for_each(node, op, env)
            case Repeat() as op:
                return self.repeat(node, op, env)
            case Race() as op:
                return self.race(node, op, env)
            case Call() as op:
                return self.call(node, op, env)
            case Require() as op:
                end = required(node, op, env)
                if isinstance(end, Failed):
                    return self.fail(node, env, end, {(node.id, path): end})
                return self.resolve(node, path, Status.SUCCESS, end)
            case Invoke() | Sleep():
                return self.effect(node, env)
            case _:
                return self.resolve(node, path, ended(node.op), compute(node, env))

    def effect(self, node: FlowNode, env: Environment) -> Failing:
        called = Called(node.id, env.path, arguments(node.op, env))
        self.effects.append(called)
        end = answered(node, env, self.oracle(node.id, env.path, called.arguments))
        if isinstance(end, Failed):
            return self.fail(node, env, end, {(node.id, env.path): end})
        return self.resolve(node, env.path, Status.SUCCESS, end)

    def for_each(self, node: FlowNode, op: ForEach, env: Environment) -> Failing:
        items = items_of(op, env)
        self.facts.counts[node.id, env.path] = len(items)
        done: list[JsonValue] = []
        failing: Failing = {}
        for index, item in enumerate(items):
            child = (*env.path, index)
            self.facts.live[node.id, child] = {op.item_port: item}
            problems = self.scope(node.id, child)
            done.append(None if problems else back_value(self.facts, node.id, child))
            if problems and op.skip_failed:
                self.facts.lost.add((node.id, child))
            else:
                failing |= problems
        if failing:
            self.facts.lost.add((node.id, env.path))
            first = next(iter(failing.values()))
            return self.fail(node, env, Failed(first.type, first.message), failing)
        return self.resolve(node, env.path, Status.SUCCESS, Fired({op.done_port: done}, done))

    def repeat(self, node: FlowNode, op: Repeat, env: Environment) -> Failing:
        for index in range(op.rounds):
            child = (*env.path, index)
            begin_round(self.facts, node, op, child)
            failing = self.scope(node.id, child)
            if failing:
                break
            if not goes_on(self.facts, node, child):
                left = leave(self.facts, op, child)
                return self.resolve(node, env.path, Status.SUCCESS, left)
        else:
            failing = {(node.drawn, env.path): too_many_rounds(node, op)}
        self.facts.lost.add((node.id, env.path))
        first = next(iter(failing.values()))
        return self.fail(node, env, Failed(first.type, first.message), failing)

    def race(self, node: FlowNode, op: Race, env: Environment) -> Failing:
        """Every arm is run to its end; the oracle says which of those that arrive is the first."""
        failing: Failing = {}
        arrived: dict[int, JsonValue] = {}
        for arm in op.numbers:
            child = (*env.path, arm)
            problems = self.scope(node.id, child)
            failing |= problems
            self.facts.lost.add((node.id, child))
            came = [] if problems else arrived_first(self.facts, node, child)
            if came:
                arrived[arm] = came[0]
        if arrived:
            told = self.oracle(node.id, env.path, {"arms": list(arrived)})
            named = told.outputs.get("arm") if isinstance(told, Ok) else None
            winner = named if isinstance(named, int) else min(arrived)
            self.facts.lost.discard((node.id, (*env.path, winner)))
            end = won(op, arrived[winner])
            if isinstance(end, Failed):
                return self.fail(node, env, end, {(node.id, env.path): end})
            return self.resolve(node, env.path, Status.SUCCESS, end)
        if failing:
            first = next(iter(failing.values()))
            return self.fail(node, env, Failed(first.type, first.message), failing)
        return self.resolve(node, env.path, Status.SUCCESS, Fired())

    def call(self, node: FlowNode, op: Call, env: Environment) -> Failing:
        """Another workflow is run by itself, once; what happened in it happened at the call's path.

        A call that handles errors counts as a loop of one round, as its steps' paths show.
        """
        handles = node.on_error is not OnError.FAIL
        at = (*env.path, 0) if handles else env.path
        wrong = demanded(op, env)
        if wrong is not None:
            entry = (inner_id(node.id, op.start), at)
            self.facts.statuses[entry] = Status.ERROR
            failing = {entry: wrong}
        else:
            data = {name: env.value(expr) for name, expr in op.inputs.items()}
            trigger: JsonValue = {"node": op.start, "type": CALLED, "data": data}
            wiring = self.facts.wiring.called(node.id)
            inner = _Execution(
                Facts(wiring, trigger, self.facts.run),
                lambda name, path, given: self.oracle(inner_id(node.id, name), (*at, *path), given),
            )
            failing = self.take_over(node.id, at, inner, inner.scope(TOP, ()))
            if not failing:
                result = results_of(inner.facts)
                fired = Fired({port.name: result for port in node.outputs}, result)
                return self.resolve(node, env.path, Status.SUCCESS, fired)
        if handles:
            self.facts.lost.add((node.id, env.path))
        first = next(iter(failing.values()))
        return self.fail(node, env, Failed(first.type, first.message), failing)

    def take_over(self, call: str, at: Path, inner: "_Execution", failing: Failing) -> Failing:
        """Write down what happened in a called workflow as part of this one; what failed in it."""

        def placed(one: Activation) -> Activation:
            return inner_id(call, one[0]), (*at, *one[1])

        facts, there = self.facts, inner.facts
        facts.statuses |= {placed(one): status for one, status in there.statuses.items()}
        facts.values |= {placed(one): value for one, value in there.values.items()}
        facts.lost |= set(map(placed, there.lost))
        facts.torn |= set(map(placed, there.torn))
        self.effects += [
            Called(*placed((one.node, one.path)), one.arguments) for one in inner.effects
        ]
        return {placed(one): error for one, error in failing.items()}

    def fail(self, node: FlowNode, env: Environment, error: Failed, origins: Failing) -> Failing:
        """The node ended in an error: its own rule recovers, or the scope around it fails."""
        fired = recovered(self.facts, node, env, error)
        if fired is None:
            self.facts.statuses[node.id, env.path] = Status.ERROR
            return origins  # its ports stay unresolved, and so does all behind them
        if len({(e.type, e.message) for e in origins.values()}) > 1:
            self.facts.torn.add((node.id, env.path))
        return self.resolve(node, env.path, Status.ERROR, fired)

    def resolve(self, node: FlowNode, path: Path, status: Status, fired: Fired) -> Failing:
        self.facts.settle((node.id, path), status, fired.live, fired.value)
        return {}

    def outcome(self, failing: Failing) -> Outcome:
        errors = {at: error_value(at[0], error) for at, error in failing.items()}
        return Outcome(
            status="failed" if failing else "completed",
            statuses=self.facts.statuses,
            values=self.facts.values,
            effects=tuple(self.effects),
            result={} if failing else results_of(self.facts),
            response=None if failing else response_of(self.facts),
            error=next(iter(errors.values()), None),
            failing=errors,
            lost=frozenset(self.facts.lost),
            torn=frozenset(self.facts.torn),
        )
