"""Output ports that follow from a node's config, said as data so that an editor can follow too."""

from dataclasses import asdict, dataclass
from typing import Any

from weft.ir.ports import Port
from weft.nodekit.config import NodeConfig


@dataclass(frozen=True, slots=True)
class PortPerItem:
    """One port for each object in the list at config field `field`, called after its key `name`."""

    field: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class PortIf:
    """A port that is there if the config field `field` equals `equals`."""

    field: str
    equals: str
    port: Port


@dataclass(frozen=True, slots=True)
class PortsFromConfig:
    """Ports per item first, then those that are always there, then the conditional one."""

    always: tuple[Port, ...]
    each: PortPerItem | None = None
    when: PortIf | None = None

    def __call__(self, config: NodeConfig) -> tuple[Port, ...]:
        """The ports of a node with this config."""
        listed: tuple[Port, ...] = ()
        if self.each is not None:
            items = getattr(config, self.each.field)
            listed = tuple(
                Port(getattr(item, self.each.name), description=self.each.description)
                for item in items
            )
        there = self.when is not None and getattr(config, self.when.field) == self.when.equals
        last = (self.when.port,) if self.when is not None and there else ()
        return (*listed, *self.always, *last)

    def rule(self) -> dict[str, Any]:
        """As JSON: `{"each", "when"}`, each the fields of its class or null."""
        each = None if self.each is None else asdict(self.each)
        when = None
        if self.when is not None:
            when = {
                "field": self.when.field,
                "equals": self.when.equals,
                "port": port_entry(self.when.port),
            }
        return {"each": each, "when": when}


def port_entry(port: Port) -> dict[str, Any]:
    """A port as JSON."""
    return {**asdict(port), "kind": port.kind.value}
