"""Aliases: names that share executions out among up to two versions of a machine by weight."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from weft.domain.errors import Invalid
from weft.engine.clock import Clock
from weft.engine.errors import AliasNotFound, InUse, QuotaExceeded
from weft.engine.journal import Journal
from weft.engine.json import from_json, to_json
from weft.engine.versions import Version, Versions

# Step Functions: aliases of a machine, versions of an alias, the form of a name.
MAX_ALIASES = 100
MAX_ROUTES = 2
_NAME = re.compile(r"(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]{1,80}\Z")

Routes = Sequence[tuple[int, int]]  # (version, weight in percent); the weights make 100


@dataclass(frozen=True, slots=True)
class Alias:
    """Times are seconds since 1970."""

    machine: str
    name: str
    description: str
    routes: tuple[tuple[int, int], ...]
    created: float
    updated: float


class Aliases:
    """Keeps aliases and draws versions by them. Methods may raise StorageUnavailable.

    `draw` gives a number from 0 up to 1.
    """

    def __init__(
        self,
        journal: Journal,
        versions: Versions,
        clock: Clock,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._journal = journal
        self._versions = versions
        self._clock = clock
        self._draw = draw

    def create(self, machine: str, name: str, routes: Routes, description: str = "") -> Alias:
        """A new alias; the same one again is fine. Raises Invalid, InUse, QuotaExceeded."""
        if not _NAME.match(name):
            raise Invalid(f"{name!r} is no name for an alias: letters, digits, '-', '_' and '.'")
        checked = self._checked(machine, routes)
        known = self.list(machine)
        for alias in known:
            if alias.name == name:
                if (alias.routes, alias.description) == (checked, description):
                    return alias
                raise InUse(f"the machine {machine!r} has an alias {name!r} already")
        if len(known) >= MAX_ALIASES:
            raise QuotaExceeded(f"a machine has up to {MAX_ALIASES} aliases; delete some")
        now = self._clock.now()
        made = Alias(machine, name, description, checked, now, now)
        self._write(made)
        return made

    def update(
        self,
        machine: str,
        name: str,
        routes: Routes | None = None,
        description: str | None = None,
    ) -> Alias:
        """Change an alias; None leaves a part as it is. Raises AliasNotFound, Invalid."""
        old = self.get(machine, name)
        made = replace(
            old,
            routes=old.routes if routes is None else self._checked(machine, routes),
            description=old.description if description is None else description,
            updated=self._clock.now(),
        )
        self._write(made)
        return made

    def delete(self, machine: str, name: str) -> None:
        """Forget an alias. Raises AliasNotFound."""
        self.get(machine, name)
        self._journal.write("DELETE FROM aliases WHERE machine = ? AND name = ?", (machine, name))

    def get(self, machine: str, name: str) -> Alias:
        """One alias. Raises AliasNotFound."""
        for alias in self.list(machine):
            if alias.name == name:
                return alias
        raise AliasNotFound(f"the machine {machine!r} has no alias {name!r}")

    def list(self, machine: str) -> list[Alias]:
        """All aliases, by name."""
        rows = self._journal.read(
            "SELECT * FROM aliases WHERE machine = ? ORDER BY name", (machine,)
        )
        return [
            Alias(found, name, description, _routes(routes), created, updated)
            for found, name, description, routes, created, updated in rows
        ]

    def route(self, machine: str, qualifier: str) -> tuple[Version, str | None]:
        """The version that an execution is to run, and the alias that chose it, if one did.

        Raises VersionNotFound, AliasNotFound.
        """
        if qualifier.isdecimal():
            return self._versions.get(machine, int(qualifier)), None
        alias = self.get(machine, qualifier)
        drawn = self._draw() * 100
        chosen = alias.routes[-1][0]
        for number, weight in alias.routes:
            if drawn < weight:
                chosen = number
                break
            drawn -= weight
        return self._versions.get(machine, chosen), alias.name

    def _checked(self, machine: str, routes: Routes) -> tuple[tuple[int, int], ...]:
        if not 1 <= len(routes) <= MAX_ROUTES:
            raise Invalid(f"an alias routes to one or {MAX_ROUTES} versions")
        if len({number for number, _ in routes}) < len(routes):
            raise Invalid("an alias names each version once")
        if any(not 0 <= weight <= 100 for _, weight in routes):
            raise Invalid("a weight is a number from 0 to 100")
        if sum(weight for _, weight in routes) != 100:
            raise Invalid("the weights of an alias make 100 together")
        for number, _ in routes:
            self._versions.get(machine, number)
        return tuple(routes)

    def _write(self, alias: Alias) -> None:
        self._journal.write(
            "INSERT OR REPLACE INTO aliases VALUES (?,?,?,?,?,?)",
            (
                alias.machine, alias.name, alias.description, to_json(alias.routes),
                alias.created, alias.updated,
            ),
        )  # fmt: skip


def _routes(text: bytes) -> tuple[tuple[int, int], ...]:
    return tuple((number, weight) for number, weight in from_json(text))
