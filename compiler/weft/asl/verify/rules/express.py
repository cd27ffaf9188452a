"""What an Express machine cannot do: wait for a run, for a token, or for an activity."""

from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import Machine

_WAITING = (".sync", ".sync:2", ".waitForTaskToken")


def express(machine: Machine) -> Iterator[Finding]:
    """Express machines end within five minutes, so that they wait for nothing."""
    if machine.kind != "EXPRESS":
        return
    for state in machine.states():
        resource = state.source.get("Resource")
        if state.type != "Task" or not isinstance(resource, str):
            continue
        for pattern in _WAITING:
            if resource.endswith(pattern):
                message = f"Express state machine does not support '{pattern}'"
                yield Finding("ASL110", f"{state.path}/Resource", message)
        if ":activity:" in resource:
            message = "Express state machine does not support activities"
            yield Finding("ASL111", f"{state.path}/Resource", message)
    for scope in machine.scopes:
        if scope.isolated:
            where = f"{scope.path}/ProcessorConfig/Mode"
            yield Finding("ASL112", where, "Express state machine does not support 'DISTRIBUTED'")
