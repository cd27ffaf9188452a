"""What one node does, independent of how it is wired.

Expressions in an op are free in: PORT refs (the node's own inputs), NODE refs (outputs of other
nodes; inside a loop's body the loop's own id stands for `{"item", "index"}`), TRIGGER,
VARIABLE and RUN. Only `Invoke.routes` sees RESULT, the answer's outputs as an object by port.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from weft.expressions.ast import Expr, JsonValue, Ref

ERROR_PORT = "error"
MAX_ROUNDS = "Loop.MaxIterations"  # the error of a loop that would go round once more than it may
RACE_WON = "Race.Won"  # how a host says that an arm has won; never what a run fails with
TOO_LARGE = "Race.TooLarge"  # the error of a race whose winner's value does not fit
WRONG_INPUT = "Call.WrongInput"  # the error of a call whose inputs are not what was declared
MAX_WON = 32_000  # characters of it as JSON; a host's error takes 32,768 (AWS, Fail state: Cause)


@dataclass(frozen=True, slots=True)
class Case:
    """One way out of a decision."""

    port: str
    when: Expr


@dataclass(frozen=True, slots=True)
class Start:
    """A trigger. Live on its ports iff it is the one that fired (TRIGGER.node is its id).

    `callable`: another workflow may start it; its one output then is TRIGGER.data.
    """

    outputs: Mapping[str, Expr]
    callable: bool = False


@dataclass(frozen=True, slots=True)
class Compute:
    """Pure: a value per output port."""

    outputs: Mapping[str, Expr]


@dataclass(frozen=True, slots=True)
class Decide:
    """Pure: sends `value` out of the first case that holds (of every one, with `every_match`).

    `otherwise` is the port taken when none holds; None: no port is.
    The node's output is `value`, whichever port was chosen.
    `rounds`: the node means to be the header of a loop of at most so many rounds.
    """

    cases: tuple[Case, ...]
    otherwise: str | None
    value: Expr
    every_match: bool = False
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class NativeCall:
    """The same call made by the host itself, without a runner.

    `resource` is the host's name for it (`http:invoke`). `outputs` says by data port which reading
    of the host's answer it carries (`asl/http_task.py`). `passing` are the error names that are
    tried again. `timeout` bounds one attempt, in seconds, beside the node's own limit.
    `key_at`: the argument and member that the step's idempotency key is put into; it is no part of
    what the call means.
    """

    resource: str
    arguments: Mapping[str, Expr]
    outputs: Mapping[str, str]
    passing: tuple[str, ...]
    timeout: int
    key_at: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OnRunner:
    """Why a call that some hosts could make themselves needs a runner, and what would change it."""

    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Invoke:
    """An effect: a call of the node type's `run` in a runner group.

    The answer is an object by data port. Without `routes` every data port of the node goes live
    with its value. With `routes` only the first matching case's port goes live, carrying the
    whole answer, which then is the node's output too.
    `callback`: the step is over when somebody answers its task token, not when `run` returns;
    the token's answer is the answer. `timeout_port`: taken, with null as the value, when a
    callback is not answered within `timeout`; without it that is an error (States.Timeout).
    `idempotent`: the same call again changes nothing more. `repeatable`: it changes nothing
    outside in the first place, though a repetition may cost money or give another answer.
    `native`: another way to make the same call, with the same meaning; or why there is none.
    """

    group: str
    node_type: str
    version: int
    config: Mapping[str, Expr]
    inputs: Mapping[str, Expr] = field(default_factory=dict)
    credential: str | None = None
    outputs: tuple[str, ...] = ("output",)
    routes: tuple[Case, ...] = ()
    callback: bool = False
    timeout: Expr | None = None  # seconds; None: the node's or the workflow's
    timeout_port: str | None = None
    idempotent: bool = False
    repeatable: bool = False
    native: NativeCall | OnRunner | None = None


@dataclass(frozen=True, slots=True)
class Sleep:
    """Waits, for free, then sends `value` on. Exactly one of `seconds` and `until` (ISO 8601)."""

    value: Expr
    seconds: Expr | None = None
    until: Expr | None = None


@dataclass(frozen=True, slots=True)
class ForEach:
    """Runs its body (the nodes between `item_port` and `back_port`) once per item.

    `done_port` carries the array of what arrived at `back_port`, in the order of the items,
    null where nothing did. `skip_failed`: an item whose body fails counts as null.
    """

    items: Expr
    concurrency: int = 0  # 0: as many as the host allows
    skip_failed: bool = False
    item_port: str = "item"
    back_port: str = "back"
    done_port: str = "done"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A natural loop of the graph: its body runs again while what comes back lets `header` run.

    The node of this op stands for the whole loop in the scope around it. It has the header's
    inputs: edges from outside are those of the first round, edges from the body lead back. In later
    rounds a port with ways back takes what came back, another keeps what came first.
    `exits`: output port → (node, port) of the body, whose token of the last round leaves.
    `outcomes`: the ports of which one is taken at the end, None for none; empty where several of
    them may be. A loop that would need more than `rounds` fails with `MAX_ROUNDS`.
    `item_port` carries what arrived: what came at the first port that anything came to.
    `output`: the exit whose value is the node's output; None: nobody reads the loop as a whole.
    """

    header: str
    rounds: int
    exits: Mapping[str, tuple[str, str]]
    outcomes: tuple[str | None, ...] = ()
    item_port: str = "item"
    output: str | None = None

    @property
    def continuing(self) -> tuple[str, ...]:
        """The ports that take the configured value where an error counts as that."""
        return tuple(
            port
            for port, (inner, _) in self.exits.items()
            if port == self.output or inner == self.header
        )

    def too_many(self, name: str) -> str:
        """What the error of too many rounds says; `name`: what people call the loop."""
        return f"{name} would repeat more than {self.rounds} times"


@dataclass(frozen=True, slots=True)
class Race:
    """Runs its arms side by side and takes what arrives first at `back_port`; the rest is stopped.

    `arms`: which arm each node directly in the body is part of, by the order of the edges into
    `back_port`; an arm's number is its place in the activation path. Nothing leads from one arm to
    another. `start_port` has the edges that lead from the fork into the arms. An arm that fails has
    lost; if all have, and one of them failed, the race fails. If nothing can arrive, no port is
    live.
    """

    arms: Mapping[str, int] = field(default_factory=dict)
    back_port: str = "input"
    start_port: str = "start"
    done_port: str = "output"

    @property
    def numbers(self) -> range:
        """The arms."""
        return range(1 + max(self.arms.values(), default=-1))

    @property
    def too_large(self) -> str:
        """What the error of a winner with too much to give says."""
        return f"the winner gives more than {MAX_WON} characters"


@dataclass(frozen=True, slots=True)
class Demand:
    """What has to hold of what a call hands in: `broken` says when it does not, `message` why."""

    message: str
    broken: Expr


@dataclass(frozen=True, slots=True)
class Require:
    """Sends `value` on if it meets every demand, else fails with `WRONG_INPUT`; calls nobody."""

    value: Expr
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """Runs another workflow to its end; its checked graph is in `Flow.calls`, by the node's id.

    Its trigger `start` fires with `inputs` as an object, if they meet the demands. The node's
    output is the other workflow's result. An error in it that nothing there handles is the node's.
    """

    workflow: str
    version: int | None
    inputs: Mapping[str, Expr]
    start: str = ""
    demands: tuple[Demand, ...] = ()

    @property
    def reference(self) -> str:
        """What it calls, as text: `workflow`, or `workflow@version`."""
        return self.workflow if self.version is None else f"{self.workflow}@{self.version}"


@dataclass(frozen=True, slots=True)
class Gather:
    """Pure: an object of the outputs of nodes in its scope, "SKIPPED" for one that did not fire."""

    of: Mapping[str, Ref]  # each to a NODE


@dataclass(frozen=True, slots=True)
class Result:
    """Pure: a named result of the run; `response` marks the answer to a waiting webhook caller."""

    value: Expr
    response: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Pure: what a node came to in an earlier run; it has no in-edges and is not run again.

    `live`: its live ports with what they carry, none after a skip. `value`: its output.
    `response`: it answers a waiting webhook caller.
    """

    live: Mapping[str, JsonValue]
    value: JsonValue = None
    status: Literal["success", "error", "skipped"] = "success"
    response: bool = False


Op: TypeAlias = (
    Start | Compute | Decide | Invoke | Sleep | ForEach | Repeat | Race | Require | Call | Gather
    | Result | Known
)  # fmt: skip
