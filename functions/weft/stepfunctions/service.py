"""What the operations work with."""

import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from weft.engine.attempts import Invoke
from weft.engine.engine import Engine
from weft.stepfunctions.arns import Arns

Operation: TypeAlias = Callable[["Service", dict[str, Any]], Coroutine[Any, Any, dict[str, Any]]]


@dataclass(slots=True)
class Service:
    """An open engine whose names are `arns`, and who answers its Tasks."""

    engine: Engine
    arns: Arns
    invoke: Invoke
    poll_seconds: float = 60.0  # how long GetActivityTask holds a connection
    redrives: dict[str, tuple[str, float]] = field(default_factory=dict)  # by execution

    def kind(self, machine: str, revision: int) -> str:
        """STANDARD or EXPRESS."""
        return self.engine.machines.compiled(machine, revision).kind


def revision_id(machine: str, revision: int) -> str:
    """The service shows a revision as a UUID; ours is always the same for the same one."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{machine}:{revision}"))
