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

    def role(self, about: JsonValue) -> str:
        """None."""
        return ""

    def target(self, text: str) -> tuple[str, str | None]:
        """The machine as it is now."""
        return text, None


PLAIN_NAMES: Final[Names] = PlainNames()
