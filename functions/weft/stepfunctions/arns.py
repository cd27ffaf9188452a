"""ARNs at the protocol's border; behind it, machines and executions have the engine's names."""

import re
from dataclasses import dataclass
from typing import Final

from weft.engine.json import JsonValue
from weft.stepfunctions.refusals import Refused

_ARN: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
    r"(?P<kind>stateMachine|execution|express|activity|mapRun):(?P<rest>[^\s]+)\Z"
)
# What a label has not: a state's name may hold any sign.
_LABEL: Final = re.compile(r"[^A-Za-z0-9_.-]")
# An engine's name of an Express execution is the given name and what makes it unique: AWS shows
# them as two parts. As many characters of the given one fit.
EXPRESS_NAME: Final = 47


@dataclass(frozen=True, slots=True)
class MachineArn:
    """A machine, perhaps with the number of a version or the name of an alias."""

    machine: str
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class Arns:
    """Makes and reads ARNs of one Region and account; see `weft.engine.names`."""

    region: str = "us-east-1"
    account: str = "000000000000"

    def machine(self, name: str) -> str:
        """ARN of a machine."""
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{name}"

    def qualified(self, name: str, qualifier: str | int) -> str:
        """ARN of a version or an alias."""
        return f"{self.machine(name)}:{qualifier}"

    def execution(self, machine: str, name: str, kind: str) -> str:
        """ARN of an execution; of an Express one it has the unique part by itself."""
        place, shown = "execution", name
        if kind == "EXPRESS":
            given, _, unique = name.rpartition(".")
            place, shown = "express", f"{given or unique}:{unique}"
        return f"arn:aws:states:{self.region}:{self.account}:{place}:{machine}:{shown}"

    def activity(self, name: str) -> str:
        """ARN of an activity, which is its id in the engine too."""
        return f"arn:aws:states:{self.region}:{self.account}:activity:{name}"

    def role(self, about: JsonValue) -> str:
        """The ARN that the machine was created with."""
        return str((about or {}).get("roleArn", ""))

    def map_run(self, map_run: str) -> str:
        """ARN of a Map Run; it can be read again, unlike that of the service."""
        machine, label, unique = _map_run_parts(map_run)
        return f"arn:aws:states:{self.region}:{self.account}:mapRun:{machine}/{label}:{unique}"

    def child(self, map_run: str, index: int) -> str:
        """ARN of the child execution for an item of a Map Run."""
        machine, label, unique = _map_run_parts(map_run)
        return self.execution(f"{machine}/{label}", f"{unique}-{index}", "STANDARD")

    def child_machine(self, map_run: str) -> str:
        """ARN of the machine that these are executions of."""
        machine, label, _ = _map_run_parts(map_run)
        return self.machine(f"{machine}/{label}")

    def target(self, text: str) -> tuple[str, str | None]:
        """(machine, version or alias) of what a definition names; a plain name stands for itself.

        Another service's ARN is given back whole: no machine has such a name.
        """
        if not text.startswith("arn:"):
            return text, None
        found = _ARN.match(text)
        if found is None or found["kind"] != "stateMachine" or not self._ours(found):
            return text, None
        machine, _, qualifier = found["rest"].partition(":")
        return machine, qualifier or None

    def read_machine(self, text: str) -> MachineArn:
        """Read the ARN of a machine, version or alias.

        Raises Refused: InvalidArn, or StateMachineDoesNotExist for one of another account.
        """
        found = self._read(text, ("stateMachine",))
        machine, _, qualifier = found["rest"].partition(":")
        if not machine or ":" in qualifier:
            raise _invalid(text)
        if not self._ours(found):
            raise Refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{text}'")
        return MachineArn(machine, qualifier or None)

    def read_unqualified(self, text: str) -> str:
        """The name of a machine whose ARN must have no version or alias. Raises Refused."""
        found = self.read_machine(text)
        if found.qualifier is not None:
            raise _invalid(text)
        return found.machine

    def read_version(self, text: str) -> tuple[str, int]:
        """(machine, number) of a version's ARN. Raises Refused."""
        found = self.read_machine(text)
        if found.qualifier is None or not found.qualifier.isdecimal():
            raise _invalid(text)
        return found.machine, int(found.qualifier)

    def read_alias(self, text: str) -> tuple[str, str]:
        """(machine, name) of an alias's ARN. Raises Refused."""
        found = self.read_machine(text)
        if found.qualifier is None or found.qualifier.isdecimal():
            raise _invalid(text)
        return found.machine, found.qualifier

    def read_map_run(self, text: str) -> tuple[str, int]:
        """(the engine's id of the execution, the number of the Map Run in it). Raises Refused."""
        found = self._read(text, ("mapRun",))
        place, _, unique = found["rest"].partition(":")
        execution, _, number = unique.rpartition("-")
        if not execution or not number.isdecimal():
            raise _invalid(text)
        if not self._ours(found):
            raise Refused("ResourceNotFound", f"Resource not found: '{text}'")
        return f"{place.partition('/')[0]}:{execution}", int(number)

    def read_child(self, text: str) -> tuple[str, int, int] | None:
        """Those and the index, of a child execution; None for another one. Raises Refused."""
        found = _ARN.match(text)
        place, _, unique = found["rest"].partition(":") if found else ("", "", "")
        if found is None or found["kind"] != "execution" or "/" not in place:
            return None
        map_run, _, index = unique.rpartition("-")
        execution, _, number = map_run.rpartition("-")
        if not execution or not number.isdecimal() or not index.isdecimal():
            raise _invalid(text)
        return f"{place.partition('/')[0]}:{execution}", int(number), int(index)

    def read_execution(self, text: str) -> str:
        """The engine's id of a Standard execution. Raises Refused."""
        found = self._read(text, ("execution",))
        machine, _, name = found["rest"].partition(":")
        if not machine or not name or ":" in name:
            raise _invalid(text)
        if not self._ours(found):
            raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{text}'")
        return f"{machine}:{name}"

    def read_activity(self, text: str) -> str:
        """Check the ARN of an activity; it is the engine's id. Raises Refused."""
        self._read(text, ("activity",))
        return text

    def _read(self, text: str, kinds: tuple[str, ...]) -> "re.Match[str]":
        found = _ARN.match(text)
        if found is None:
            raise _invalid(text)
        if found["kind"] not in kinds:
            kind = found["kind"]
            message = f"Invalid Arn: 'Resource type not valid in this context: {kind}'"
            raise Refused("InvalidArn", message)
        return found

    def _ours(self, found: "re.Match[str]") -> bool:
        return (found["region"], found["account"]) == (self.region, self.account)


def _map_run_parts(map_run: str) -> tuple[str, str, str]:
    """(machine, label, unique part) of the engine's id `machine:execution/state:number`."""
    execution, _, place = map_run.partition("/")
    state, _, number = place.rpartition(":")
    machine, _, name = execution.partition(":")
    return machine, _LABEL.sub("-", state)[:40], f"{name}-{number}"


def _invalid(text: str) -> Refused:
    return Refused("InvalidArn", f"Invalid Arn: '{text}'")
