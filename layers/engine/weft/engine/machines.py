"""The machines of an engine: their definitions, one revision after the other."""

from dataclasses import dataclass
from typing import Any

from weft.domain.errors import Invalid
from weft.engine.clock import Clock
from weft.engine.errors import DefinitionInvalid, MachineExists, MachineNotFound
from weft.engine.journal import Journal
from weft.engine.json import JsonValue, from_json, to_json
from weft.engine.jsonata import Jsonata
from weft.engine.machine import Builder, Machine, build_machine
from weft.engine.names import Names
from weft.engine.states.registry import STATE_TYPES
from weft.engine.validate import Checker


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """A machine as one of its revisions left it. Times are seconds since 1970.

    `about` is what its creator wants to have kept with the revision; only `Names` reads it.
    """

    name: str
    kind: str
    definition: dict[str, Any]
    revision: int
    created: float
    updated: float
    about: JsonValue


class Machines:
    """Creates, changes and compiles machines. Methods may raise StorageUnavailable."""

    def __init__(self, journal: Journal, jsonata: Jsonata, clock: Clock, names: Names) -> None:
        self._journal = journal
        self._jsonata = jsonata
        self._clock = clock
        self._names = names
        self._compiled: dict[tuple[str, int], Machine] = {}
        self._newest: dict[str, Machine] = {}

    def create(
        self, name: str, definition: dict[str, Any], kind: str, about: JsonValue = None
    ) -> bool:
        """Store a machine; whether it is new. The same name and definition again is fine.

        Raises DefinitionInvalid with every problem, MachineExists for another definition.
        """
        if kind not in ("STANDARD", "EXPRESS"):
            raise Invalid(f"a machine is STANDARD or EXPRESS, not {kind!r}")
        text = to_json(definition)
        rows = self._journal.read("SELECT kind, definition FROM machines WHERE id = ?", (name,))
        if rows:
            if rows[0] == (kind, text):
                return False
            raise MachineExists(f"the machine {name!r} exists with another definition")
        # One of that name may have been deleted: its executions keep the revisions they know.
        [(last,)] = self._journal.read(
            "SELECT coalesce(max(revision), 0) FROM revisions WHERE machine = ?", (name,)
        )
        machine = self._checked(name, kind, definition, last + 1, about)
        now = self._clock.now()
        self._journal.write(
            "INSERT INTO machines VALUES (?,?,?,?,0,?,?,?)",
            (name, kind, text, last + 1, now, now, to_json(about)),
        )
        self._newest[name] = machine
        return True

    def update(
        self, name: str, definition: dict[str, Any] | None = None, about: JsonValue = None
    ) -> MachineRecord:
        """A new revision, for executions that start from now on; None leaves a part as it is.

        Raises DefinitionInvalid, MachineNotFound.
        """
        old = self.record(name)
        new = old.definition if definition is None else definition
        told = old.about if about is None else about
        if new == old.definition and told == old.about:
            return old
        machine = self._checked(name, old.kind, new, old.revision + 1, told)
        self._journal.write_all(
            [
                (_RETIRE, (name,)),
                (
                    "UPDATE machines SET definition = ?, revision = ?, updated = ?, about = ?"
                    " WHERE id = ?",
                    (to_json(new), machine.revision, self._clock.now(), to_json(told), name),
                ),
            ]
        )
        self._newest[name] = machine
        return self.record(name)

    def delete(self, name: str) -> None:
        """Forget the machine, its versions and aliases; executions keep what they ran."""
        self._journal.write_all(
            [
                (_RETIRE, (name,)),
                ("DELETE FROM machines WHERE id = ?", (name,)),
                ("DELETE FROM versions WHERE machine = ?", (name,)),
                ("DELETE FROM aliases WHERE machine = ?", (name,)),
            ]
        )
        self._newest.pop(name, None)

    def record(self, name: str, revision: int | None = None) -> MachineRecord:
        """The machine as it is, or as an earlier revision left it. Raises MachineNotFound.

        A machine that was deleted is still found by its revisions.
        """
        rows = self._journal.read(
            "SELECT id, kind, definition, revision, created, updated, about FROM machines"
            " WHERE id = ? AND coalesce(?, revision) = revision",
            (name, revision),
        ) or self._journal.read(
            "SELECT machine, kind, definition, revision, updated, updated, about FROM revisions"
            " WHERE machine = ? AND revision = ?",
            (name, revision),
        )
        if not rows:
            raise MachineNotFound(f"there is no machine {name!r}")
        found, kind, text, number, created, updated, about = rows[0]
        return MachineRecord(
            found, kind, from_json(text), number, created, updated, from_json(about)
        )

    def names(self) -> list[str]:
        """Every machine, the newest first."""
        rows = self._journal.read("SELECT id FROM machines ORDER BY created DESC, id")
        return [name for (name,) in rows]

    def newest(self, name: str) -> Machine:
        """The machine as new executions run it. Raises MachineNotFound."""
        found = self._newest.get(name)
        if found is None:
            found = self.compiled(name, self.record(name).revision)
            self._newest[name] = found
        return found

    def compiled(self, name: str, revision: int) -> Machine:
        """The machine as one revision has it. Raises MachineNotFound."""
        found = self._compiled.get((name, revision))
        if found is None:
            record = self.record(name, revision)
            found = self._build(name, record.kind, record.definition, revision, record.about)
        return found

    def _checked(
        self, name: str, kind: str, definition: dict[str, Any], revision: int, about: JsonValue
    ) -> Machine:
        if problems := Checker(kind).machine(definition):
            raise DefinitionInvalid(problems)
        return self._build(name, kind, definition, revision, about)

    def _build(
        self, name: str, kind: str, definition: dict[str, Any], revision: int, about: JsonValue
    ) -> Machine:
        machine = build_machine(name, kind, definition, Builder(self._jsonata, STATE_TYPES))
        machine.revision = revision
        machine.names, machine.role = self._names, self._names.role(about)
        self._compiled[name, revision] = machine
        return machine


_RETIRE = (
    "INSERT OR IGNORE INTO revisions"
    " SELECT id, revision, kind, definition, updated, about FROM machines WHERE id = ?"
)
