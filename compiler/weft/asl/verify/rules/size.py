"""A definition has at most so many characters."""

from collections.abc import Iterator

from weft.asl.limits import MAX_DEFINITION
from weft.asl.printer import compact
from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import Machine


def size(machine: Machine) -> Iterator[Finding]:
    """Without white space, as it is sent."""
    found = len(compact(machine.source))
    if found > MAX_DEFINITION:
        yield Finding("ASL002", "/", f"{found} characters are more than {MAX_DEFINITION}")
