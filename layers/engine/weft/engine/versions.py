"""Versions: revisions of a machine that were published under a number and never change again."""

from dataclasses import dataclass

from weft.engine.clock import Clock
from weft.engine.errors import InUse, QuotaExceeded, VersionNotFound
from weft.engine.journal import Journal
from weft.engine.json import from_json
from weft.engine.machines import Machines

MAX_VERSIONS = 1_000  # of one machine (Step Functions service quotas)


@dataclass(frozen=True, slots=True)
class Version:
    """`created` is seconds since 1970."""

    machine: str
    number: int
    revision: int
    description: str
    created: float


class Versions:
    """Publishes versions. Methods may raise MachineNotFound and StorageUnavailable."""

    def __init__(self, journal: Journal, machines: Machines, clock: Clock) -> None:
        self._journal = journal
        self._machines = machines
        self._clock = clock

    def publish(self, machine: str, description: str = "", revision: int | None = None) -> Version:
        """Give the machine as it is the next number; the newest version again if nothing changed.

        Raises InUse when the machine is not at `revision` any more, QuotaExceeded.
        """
        record = self._machines.record(machine)
        if revision is not None and revision != record.revision:
            raise InUse(f"the machine {machine!r} has changed since that revision")
        known = self.list(machine)
        if known and known[0].revision == record.revision:
            return known[0]
        if len(known) >= MAX_VERSIONS:
            raise QuotaExceeded(f"a machine has up to {MAX_VERSIONS} versions; delete some")
        [(last,)] = self._journal.read("SELECT published FROM machines WHERE id = ?", (machine,))
        made = Version(machine, last + 1, record.revision, description, self._clock.now())
        self._journal.write_all(
            [
                ("UPDATE machines SET published = ? WHERE id = ?", (made.number, machine)),
                (
                    "INSERT INTO versions VALUES (?,?,?,?,?)",
                    (machine, made.number, made.revision, description, made.created),
                ),
            ]
        )
        return made

    def list(self, machine: str) -> list[Version]:
        """All versions, the newest first."""
        self._machines.record(machine)
        rows = self._journal.read(
            "SELECT * FROM versions WHERE machine = ? ORDER BY number DESC", (machine,)
        )
        return [Version(*row) for row in rows]

    def get(self, machine: str, number: int) -> Version:
        """One version. Raises VersionNotFound."""
        rows = self._journal.read(
            "SELECT * FROM versions WHERE machine = ? AND number = ?", (machine, number)
        )
        if not rows:
            raise VersionNotFound(f"the machine {machine!r} has no version {number}")
        return Version(*rows[0])

    def delete(self, machine: str, number: int) -> None:
        """Forget a version; its number is not used again. Raises InUse while an alias has it."""
        rows = self._journal.read(
            "SELECT name, routes FROM aliases WHERE machine = ? ORDER BY name", (machine,)
        )
        users = [name for name, routes in rows if any(r[0] == number for r in from_json(routes))]
        if users:
            raise InUse(f"version {number} of {machine!r} is used by: {', '.join(users)}")
        self._journal.write(
            "DELETE FROM versions WHERE machine = ? AND number = ?", (machine, number)
        )
