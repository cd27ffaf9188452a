"""What the compiler produces: a definition, a source map, a manifest; account-free, content-hashed.

`source_map`: `{"states": {state name: {"role", "nodes"}}}` with the roles
  step      the state is the node's own; its outcome is the node's outcome
  fused     the state makes the calls of its nodes, in order, in one call of a runner
  choice    decides whether the nodes behind it run
  parallel  runs the nodes inside it at the same time
  child     runs the nodes in a machine of their own
  future    hands an outcome to another branch, or waits for one (`schedule/futures.py`)
  item      keeps a loop's item; end: ends a scope. Neither belongs to a node.
`machine` is the child whose state it is; no name is used in two machines.
Nodes without a state follow from the others by the semantics.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from weft.compiler.cost.machine import Machine
from weft.domain.child_machine import ChildMachine
from weft.domain.errors import Diagnostic
from weft.ir.flow import Flow


@dataclass(frozen=True, slots=True)
class Artefact:
    """A compiled graph. Two hosts given the same artefact do the same.

    `flow` is what was compiled, `meant` the graph as it was checked, with its calls.
    `notes` say what was decided and why; they are for who asks, not part of the artefact.
    """

    definition: dict[str, Any]
    source_map: dict[str, Any]
    manifest: dict[str, Any]
    children: Mapping[str, ChildMachine]
    flow: Flow = field(compare=False, repr=False)
    meant: Flow = field(compare=False, repr=False)
    machine: Machine = field(compare=False, repr=False)
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: tuple[Diagnostic, ...] = field(default=(), compare=False)

    @property
    def hash(self) -> str:
        """SHA-256 over definition, source map, manifest and children."""
        parts: list[Any] = [self.definition, self.source_map, self.manifest]
        if self.children:
            parts.append({name: child.as_json() for name, child in self.children.items()})
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()
