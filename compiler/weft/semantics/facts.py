"""What is settled of a run, and what an expression sees of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from weft.expressions.ast import Expr, JsonValue, Ref, RefKind
from weft.ir.ops import ForEach, Repeat
from weft.semantics.answers import Activation, Path
from weft.semantics.wiring import Wiring


class Status(StrEnum):
    """Where an activation stands; the first three only while the run goes on."""

    IDLE = "idle"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCESS = "success"
    ERROR = "error"
    SKIPPED = "skipped"


FIRED = frozenset({Status.SUCCESS, Status.ERROR})
SKIPPED = "SKIPPED"  # in a result, in place of what a node that did not fire would say


@dataclass(slots=True)
class Facts:
    """The single-assignment store of one run.

    `live`: a resolved activation's live ports with their values; a resolved activation's other
    ports are dead. A loop's item port is kept per iteration, under the iteration's path.
    `values`: an activation's output; absent where it is null, as after a skip or an error.
    `counts`: how many items a for-each has, how many rounds a repeating loop has begun.
    `lost`: iterations and loop activations that failed: what they did is not determined.
    `torn`: handled loop activations in which steps failed with different errors: which of these
    the loop passes on is not determined.
    """

    wiring: Wiring
    trigger: JsonValue
    run: JsonValue
    live: dict[Activation, Mapping[str, JsonValue]] = field(default_factory=dict)
    values: dict[Activation, JsonValue] = field(default_factory=dict)
    statuses: dict[Activation, Status] = field(default_factory=dict)
    counts: dict[Activation, int] = field(default_factory=dict)
    lost: set[Activation] = field(default_factory=set)
    torn: set[Activation] = field(default_factory=set)

    def settle(
        self,
        activation: Activation,
        status: Status,
        live: Mapping[str, JsonValue],
        value: JsonValue,
    ) -> None:
        """Resolve an activation, once; ports that `live` leaves out are dead."""
        assert activation not in self.live, f"{activation} resolved twice"
        self.live[activation] = live
        self.statuses[activation] = status
        if value is not None:
            self.values[activation] = value

    def read(self, node_id: str, reader: str, path: Path) -> JsonValue:
        """A node's output as node `reader` at `path` sees it; null where it has none.

        From inside a loop its id stands for item and index. From outside, a node of its body
        has the value of the last iteration in which it fired.
        """
        chain = self.wiring.chain[node_id]
        if not path and not chain:  # both outside every loop, as most are
            return self.values.get((node_id, path))
        if node_id in self.wiring.chain[reader]:
            op = self.wiring.flow.nodes[node_id].op
            child = path[: len(chain) + 1]
            assert isinstance(op, (ForEach, Repeat))  # a tuple: a union is made anew each time
            return {"item": self.live[node_id, child][op.item_port], "index": child[-1]}
        shared = self.wiring.shared(node_id, reader)
        if shared == len(chain):
            return self.values.get((node_id, path[:shared]))
        return self._last(node_id, path[:shared])[1]

    def last(self, node_id: str) -> JsonValue:
        """A node's output as who stands outside every loop sees it."""
        return self._last(node_id, ())[1]

    def _last(self, node_id: str, path: Path) -> tuple[bool, JsonValue]:
        chain = self.wiring.chain[node_id]
        if len(path) == len(chain):
            at = (node_id, path)
            fired = at in self.live and self.statuses[at] is not Status.SKIPPED
            return fired, self.values.get(at)
        loop = chain[len(path)]
        if (loop, path) not in self.lost:
            for index in reversed(range(self.counts.get((loop, path), 0))):
                if (loop, (*path, index)) in self.lost:
                    continue
                found, value = self._last(node_id, (*path, index))
                if found:
                    return True, value
        return False, None


# Not frozen, which would make the many that a loop needs dear; nobody changes one.
@dataclass(slots=True, eq=False)
class Environment(Mapping[Ref, JsonValue]):
    """The free names of a node's expressions at one activation, looked up when asked for."""

    facts: Facts
    node_id: str
    path: Path
    ports: Mapping[str, JsonValue]
    result: JsonValue = None

    def find(self, ref: Ref) -> JsonValue:
        """The value of a name; null where there is none."""
        kind = ref.kind
        if kind is RefKind.PORT:
            return self.ports.get(ref.name)
        try:
            return self._node(ref.name) if kind is RefKind.NODE else self[ref]
        except KeyError:
            return None

    def value(self, expr: Expr) -> JsonValue:
        """What an expression of the node means here. Raises `ExpressionLimit`."""
        return self.facts.wiring.program(expr).value(self.find)

    def __getitem__(self, ref: Ref) -> JsonValue:
        match ref.kind:
            case RefKind.NODE:
                return self._node(ref.name)
            case RefKind.PORT:
                return self.ports.get(ref.name)
            case RefKind.LOOP:
                return self._loop(ref.name)
            case RefKind.TRIGGER:
                return self.facts.trigger
            case RefKind.VARIABLE:
                return self.facts.wiring.flow.variables.get(ref.name)
            case RefKind.RUN:
                return self.facts.run
            case _:
                return self.result

    def result_of(self, name: str) -> JsonValue:
        """A node's output as the result of a workflow has it; of a node in the reader's scope."""
        fired = self.facts.statuses.get((name, self.path)) in FIRED
        return self._node(name) if fired else SKIPPED

    def _node(self, name: str) -> JsonValue:
        facts = self.facts
        if name not in facts.wiring.flow.nodes:
            return None
        return facts.read(name, self.node_id, self.path)

    def _loop(self, name: str) -> JsonValue:
        chain = self.facts.wiring.chain[self.node_id]
        around = self._node(chain[-1]) if chain else None
        return around.get(name) if isinstance(around, dict) else None

    def __iter__(self) -> Iterator[Ref]:
        return (Ref(RefKind.NODE, name) for name in self.facts.wiring.flow.nodes)

    def __len__(self) -> int:
        return len(self.facts.wiring.flow.nodes)
