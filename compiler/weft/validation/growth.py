"""How random graphs grow: nodes one by one, each wired to nodes before it, loops with their bodies.

What the nodes are is left to whoever derives from `Growth`.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from weft.ir.flow import TOP
from weft.ir.ports import Kind

ERROR, ITEM, BACK = "error", "item", "back"
# Far beyond what retries and waits of the largest graph add up to: graphs never time out.
SETTINGS = {"timeout_seconds": 30_000_000, "node_timeout_seconds": 60}


@dataclass(frozen=True, slots=True)
class Socket:
    """An input port: what it takes, and how many edges it likes."""

    name: str
    kind: Kind = Kind.ANY
    likes: int = 1


@dataclass(slots=True)
class Made:
    """A node so far: `taken` counts the edges that leave it.

    `outputs` has the data ports but a loop's item port. `size`: about how many bytes its output
    has at most. `sealed`: switched off, itself or a loop around it.
    """

    id: str
    type: str
    scope: str
    outputs: dict[str, Kind] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    sources: list["Made"] = field(default_factory=list)
    taken: int = 0
    size: int = 0
    caught: bool = False
    sealed: bool = False

    @property
    def config(self) -> dict[str, Any]:
        """The config as it will be written."""
        held: dict[str, Any] = self.fields["config"]
        return held


@dataclass(slots=True)
class Growth:
    """`left`: how many nodes may still be made."""

    dice: random.Random
    left: int
    made: dict[str, Made] = field(default_factory=dict)
    edges: list[dict[str, Any]] = field(default_factory=list)

    def kind(self, depth: int) -> str:
        """The next node's type; no loop where `can_loop` says so."""
        raise NotImplementedError

    def sockets(self, kind: str) -> Iterable[Socket]:
        """The input ports of a type, without a loop's back port."""
        raise NotImplementedError

    def configure(self, node: Made, readable: list[Made]) -> None:
        """Give a wired node its config, its outputs, and what it does on errors."""
        raise NotImplementedError

    def is_loop(self, kind: str) -> bool:
        """Whether nodes of the type have a body."""
        raise NotImplementedError

    def can_loop(self, depth: int) -> bool:
        """A body takes at least one node, and two levels of loops are enough."""
        return depth < 2 and self.left >= 2

    def chance(self, of: float) -> bool:
        """Whether something happens that is as likely as `of`."""
        return self.dice.random() < of

    def add(self, kind: str, scope: str) -> Made:
        """One more node, without config or edges."""
        made = Made(f"n{len(self.made)}", kind, scope, fields={"config": {}})
        around = self.made.get(scope)
        made.sealed = around is not None and around.sealed
        self.made[made.id] = made
        self.left -= 1
        return made

    def grow(
        self, scope: str, here: list[Made], outside: list[Made], size: int, depth: int
    ) -> None:
        """Fill a scope with `size` nodes, fed by `here`; `outside` may be read and led in from."""
        here = list(here)
        for _ in range(size):
            if self.left <= 0:
                break
            kind = self.kind(depth)
            readable = [*outside, *(m for m in here if m.id != scope)]
            node = self.add(kind, scope)
            for socket in self.sockets(kind):
                self.feed(node, socket, here)
                if outside and not node.sealed and self.chance(0.05):
                    self.feed(node, socket, outside[-6:])
            self.configure(node, readable)
            here.append(node)
            if self.is_loop(kind):
                self.grow(node.id, [node], readable, self.dice.randint(1, 5), depth + 1)
        if scope != TOP:
            self.close(scope, [m for m in here if m.id != scope])

    def close(self, scope: str, body: list[Made]) -> None:
        """Wire some of a body back to its loop."""
        count = self.dice.choice([1, 1, 1, 1, 2, 2])
        for source in self.dice.sample(body, min(count, len(body))):
            if source.outputs:
                self.wire(source, source.scope, scope, Socket(BACK))

    def feed(self, node: Made, socket: Socket, among: list[Made]) -> None:
        """Wire one input port from one node or several, mostly near ones."""
        sources = [m for m in among if m.id == node.scope or self.fitting(m, socket.kind)]
        for _ in range(self.dice.randint(1, socket.likes) if self.chance(0.85) else 2):
            fresh = [m for m in sources if m.taken == 0]
            pool = fresh if fresh and self.chance(0.45) else sources
            if pool:
                near = pool[-4:] if self.chance(0.7) else pool
                self.wire(self.dice.choice(near), node.scope, node.id, socket)

    def wire(self, source: Made, scope: str, target: str, socket: Socket) -> None:
        """One edge, unless it is there already."""
        if source.id == scope:
            port = ITEM
        elif self.branches(source, socket) and (not source.caught or self.chance(0.3)):
            port = ERROR if source.taken or self.chance(0.4) else self.output(source, socket)
        else:
            port = self.output(source, socket)
        source.taken += 1
        source.caught = source.caught or port == ERROR
        edge: dict[str, Any] = {"source": source.id, "source_port": port, "target": target}
        edge["target_port"] = socket.name
        if any(all(old[k] == v for k, v in edge.items()) for old in self.edges):
            return
        edge["order"] = self.dice.choice([0, 0, 0, 1, 2])
        self.edges.append(edge)
        self.made[target].sources.append(source)

    def branches(self, source: Made, socket: Socket) -> bool:
        """Whether the source has an error port that wants an edge."""
        return source.fields.get("on_error") == "branch" and socket.kind.accepts(Kind.OBJECT)

    def fitting(self, source: Made, kind: Kind) -> list[str]:
        """The source's data ports that may lead into such a port."""
        return [name for name, held in source.outputs.items() if kind.accepts(held)]

    def output(self, source: Made, socket: Socket) -> str:
        """A data port, rather one without an edge yet."""
        ports = self.fitting(source, socket.kind)
        used = {e["source_port"] for e in self.edges if e["source"] == source.id}
        fresh = [port for port in ports if port not in used]
        return self.dice.choice(fresh if fresh and self.chance(0.6) else ports)

    def document(self, **more: Any) -> dict[str, Any]:
        """The graph as it stands, its nodes in any order."""
        nodes = [{"id": m.id, "type": m.type, **m.fields} for m in self.made.values()]
        self.dice.shuffle(nodes)
        edges = [dict(edge, id=f"e{k}") for k, edge in enumerate(self.edges)]
        document = {"schema": "weft/1", "id": "random", "name": "random"}
        return {**document, "nodes": nodes, "edges": edges, "settings": SETTINGS, **more}
