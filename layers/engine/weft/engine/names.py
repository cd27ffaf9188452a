"""How machines and executions are called where states read or write their ids.

The engine's own ids are `machine` and `machine:execution`. Who serves another protocol gives the
engine that protocol's names.
"""

from typing import Final, Protocol

from weft.engine.json import JsonValue


class Names(Protocol):
    """Between the engine's ids and what definitions and the context object hold."""

    def machine(self, name: str) -> str:
        """What a machine is called."""
        ...

    def execution(self, machine: str, name: str, kind: str) -> str:
        """What an execution is called, of a STANDARD or EXPRESS machine."""
        ...

    def map_run(self, map_run: str) -> str:
        """What a Map Run is called; its id is `machine:execution/state:number`."""
        ...

    def child(self, map_run: str, index: int) -> str:
        """What the child execution for an item of a Map Run is called."""
        ...

    def child_machine(self, map_run: str) -> str:
        """What the machine of these is called."""
        ...

    def role(self, about: JsonValue) -> str:
        """The role of a machine, from what its creator wants to have kept with it."""
        ...

    def target(self, text: str) -> tuple[str, str | None]:
        """(machine, version or alias) that a definition names to start it."""
        ...


class PlainNames:
    """The engine's own ids."""

    def machine(self, name: str) -> str:
        """As it is."""
        return name

    def execution(self, machine: str, name: str, kind: str) -> str:
        """`machine:name`."""
        return f"{machine}:{name}"

    def map_run(self, map_run: str) -> str:
        """As it is."""
        return map_run

    def child(self, map_run: str, index: int) -> str:
        """The Map Run's id and the index."""
        return f"{map_run}-{index}"

    def child_machine(self, map_run: str) -> str:
        """`machine/state`."""
        execution, _, place = map_run.partition("/")
        return f"{execution.partition(':')[0]}/{place.rpartition(':')[0]}"

    def role(self, about: JsonValue) -> str:
        """None."""
        return ""

    def target(self, text: str) -> tuple[str, str | None]:
        """The machine as it is now."""
        return text, None


PLAIN_NAMES: Final[Names] = PlainNames()
