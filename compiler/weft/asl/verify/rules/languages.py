"""What a JSONata machine may hold."""

from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, JSONPATH, Machine


def languages(machine: Machine) -> Iterator[Finding]:
    """A JSONPath machine may have JSONata states, never the other way round."""
    if not machine.scopes:
        return
    whole = machine.scopes[0].language
    places = [(s.path, s.source) for s in machine.scopes] + [
        (s.path, s.source) for s in machine.states()
    ]
    for path, source in places:
        spoken = source.get("QueryLanguage", whole)
        if spoken not in (JSONATA, JSONPATH):
            yield Finding("ASL020", f"{path}/QueryLanguage", f"{spoken!r} is no query language")
        elif whole == JSONATA and spoken == JSONPATH:
            message = "can not be 'JSONPath' if set to 'JSONata' for the whole state machine"
            yield Finding("ASL021", f"{path}/QueryLanguage", message)
