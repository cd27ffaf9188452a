"""A workflow and its immutable published versions."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = Any  # plain JSON: null, bool, number, text, list, object
JsonObject: TypeAlias = dict[str, Any]

WEBHOOK = "webhook_trigger"  # the catalogue's name of the trigger that HTTP calls start


@dataclass(frozen=True, slots=True)
class Workflow:
    """The named thing a tenant edits. `graph` is the draft, a `weft/1` document.

    `revision` counts saves; a save names the revision it started from, so that none is lost.
    `active`: triggers start runs. Times are epoch milliseconds.
    """

    tenant_id: str
    workflow_id: str
    name: str
    description: str
    graph: JsonObject
    revision: int
    published_version: int | None
    active: bool
    archived: bool
    created_at: int
    updated_at: int
    created_by: str


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A compiled revision; never changes. `machine_id` is the host's name for it.

    `children`: the machines that it starts, by name: `{"type", "definition"}`.
    """

    tenant_id: str
    workflow_id: str
    version: int
    revision: int
    graph: JsonObject
    definition: JsonObject
    source_map: JsonObject
    manifest: JsonObject
    hash: str
    machine_id: str
    created_at: int
    created_by: str
    change_message: str = ""
    children: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TriggerBinding:
    """A trigger node of the published, active version: what webhooks and schedules look up.

    `path` is the webhook's path where the node's config has one, else empty.
    """

    tenant_id: str
    workflow_id: str
    version: int
    node_id: str
    type: str
    path: str = ""
    config: JsonObject = field(default_factory=dict)
