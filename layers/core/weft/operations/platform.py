"""The bundle of ports that operations work with; made by `weft.bootstrap.platform`."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from weft.nodekit.catalogue import Catalogue
from weft.operations.projection import Projection
from weft.ports.claims import ClaimStore
from weft.ports.event_bus import EventBus
from weft.ports.http import HttpClient
from weft.ports.machines import StateMachineHost
from weft.ports.store import Store
from weft.ports.vault import Vault


def _now() -> int:
    return time.time_ns() // 1_000_000


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything an operation may use of the world. `now` is epoch milliseconds."""

    store: Store
    host: StateMachineHost
    vault: Vault
    claims: ClaimStore
    bus: EventBus
    http: HttpClient
    catalogue: Catalogue
    now: Callable[[], int] = _now
    new_id: Callable[[], str] = _new_id
    # Projections of the runs in flight, by run id: a cache, rebuilt from the host's history.
    projections: dict[str, Projection] = field(default_factory=dict)
