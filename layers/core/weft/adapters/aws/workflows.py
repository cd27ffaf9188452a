"""Workflows, versions and trigger bindings in the table."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from weft.adapters.aws.keys import Key, key, workflow
from weft.adapters.aws.listing import Listed, all_of, page_of
from weft.adapters.aws.records import record
from weft.adapters.aws.table import Table
from weft.adapters.aws.unit import Entry, Unit
from weft.domain.errors import Conflict, NotFound
from weft.domain.page import MAX_LIMIT, Page, PageRequest
from weft.domain.workflow import WEBHOOK, PublishedVersion, TriggerBinding, Workflow
from weft.ports.workflows import Standing


class DynamoWorkflows:
    """See `weft.ports.workflows`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, workflow: Workflow) -> None:
        def added(unit: Unit) -> None:
            entry = _entry(workflow)
            if unit.get(entry.at) is not None:
                raise Conflict(f"there is a workflow {workflow.workflow_id} already")
            unit.put(entry)

        self._table.write(added)

    def get(self, tenant_id: str, workflow_id: str) -> Workflow:
        held = self._table.get(_at(tenant_id, workflow_id))
        if held is None:
            raise NotFound(f"there is no workflow {workflow_id}")
        return Workflow(**held)

    def standing(self, tenant_id: str, workflow_id: str) -> Standing:
        found = self.get(tenant_id, workflow_id)  # one item holds both: reading less costs the same
        return Standing(found.published_version, found.active, found.archived)

    def save(self, workflow: Workflow, expected_revision: int) -> None:
        def saved(unit: Unit) -> None:
            entry = _entry(workflow)
            stored = unit.get(entry.at)
            if stored is None:
                raise NotFound(f"there is no workflow {workflow.workflow_id}")
            if stored["revision"] != expected_revision:
                raise Conflict(
                    "somebody saved this workflow meanwhile: it is at revision "
                    f"{stored['revision']}, this change started from {expected_revision}; "
                    "load it again"
                )
            unit.put(entry)

        self._table.write(saved)

    def list(
        self, tenant_id: str, page: PageRequest, *, search: str = "", archived: bool = False
    ) -> Page[Workflow]:
        listed = Listed("first", _list(tenant_id, archived), within=search.lower())
        return page_of(self._table, listed, page, lambda held: Workflow(**held), _place)

    def add_version(self, version: PublishedVersion) -> None:
        def added(unit: Unit) -> None:
            at = _version_at(version.tenant_id, version.workflow_id, version.version)
            if unit.get(at) is not None:
                raise Conflict(f"there is a version {version.version} already")
            unit.put(Entry(at, record(version)))
            unit.put(Entry(_uses_at(version), sorted(_credentials(version))))

        self._table.write(added)

    def get_version(self, tenant_id: str, workflow_id: str, version: int) -> PublishedVersion:
        held = self._table.get(_version_at(tenant_id, workflow_id, version))
        if held is None:
            raise NotFound(f"workflow {workflow_id} has no version {version}")
        return PublishedVersion(**held)

    def list_versions(self, tenant_id: str, workflow_id: str) -> Sequence[PublishedVersion]:
        found = self._table.under(workflow(tenant_id, workflow_id), "V#")
        return [PublishedVersion(**held) for _, held in found][::-1]

    def set_triggers(
        self, tenant_id: str, workflow_id: str, bindings: Sequence[TriggerBinding]
    ) -> None:
        by_node = sorted(bindings, key=attrgetter("type", "node_id"))
        by_type = {t: [record(b) for b in group] for t, group in groupby(by_node, _type)}
        hook = _hook(tenant_id, workflow_id)

        def replaced(unit: Unit) -> None:
            known = workflow(tenant_id, workflow_id), "TRIGGERS"
            for type in set(unit.get(known) or ()) - by_type.keys():
                unit.remove(_trigger_at(tenant_id, workflow_id, type))
                if type == WEBHOOK:
                    unit.remove(hook)
            unit.put(Entry(known, list(by_type)))
            for type, held in by_type.items():
                first = (key("TRIGGERS", type), key(tenant_id, workflow_id))
                unit.put(Entry(_trigger_at(tenant_id, workflow_id, type), held, first=first))
                if type == WEBHOOK:
                    unit.put(Entry(hook, held))

        self._table.write(replaced)

    def find_webhooks(self, workflow_id: str) -> Sequence[TriggerBinding]:
        found = self._table.under(key("HOOK", workflow_id), "T#")
        return _bindings([held for _, held in found])

    def list_triggers(self, type: str) -> Sequence[TriggerBinding]:
        return _bindings(all_of(self._table, Listed("first", key("TRIGGERS", type))))

    def naming_credential(self, tenant_id: str, credential_id: str) -> Sequence[str]:
        names = []
        for archived in (False, True):
            listed = Listed("first", _list(tenant_id, archived))
            page = PageRequest(limit=MAX_LIMIT)
            while True:
                found = page_of(self._table, listed, page, _active, _place)
                names += [w.name for w in found.items if self._names(w, credential_id)]
                if found.next_cursor is None:
                    break
                page = PageRequest(found.next_cursor, MAX_LIMIT)
        return sorted(names)

    def _names(self, found: Workflow, credential_id: str) -> bool:
        if found.published_version is None:
            return False
        pk = workflow(found.tenant_id, found.workflow_id)
        return credential_id in (self._table.get((pk, key("USES", found.published_version))) or ())


def _at(tenant_id: str, workflow_id: str) -> Key:
    return workflow(tenant_id, workflow_id), "WORKFLOW"


def _version_at(tenant_id: str, workflow_id: str, version: int) -> Key:
    return workflow(tenant_id, workflow_id), key("V", version)


def _uses_at(version: PublishedVersion) -> Key:
    return workflow(version.tenant_id, version.workflow_id), key("USES", version.version)


def _trigger_at(tenant_id: str, workflow_id: str, type: str) -> Key:
    return workflow(tenant_id, workflow_id), key("TR", type)


def _hook(tenant_id: str, workflow_id: str) -> Key:
    """Where a hook's URL is looked up, which knows no tenant."""
    return key("HOOK", workflow_id), key("T", tenant_id)


def _list(tenant_id: str, archived: bool) -> str:
    return key("T", tenant_id, "ARCHIVE" if archived else "WORKFLOWS")


def _place(found: Workflow) -> tuple[int, str]:
    return found.updated_at, found.workflow_id


def _entry(held: Workflow) -> Entry:
    return Entry(
        _at(held.tenant_id, held.workflow_id),
        record(held),
        first=(_list(held.tenant_id, held.archived), key(*_place(held))),
        label=held.name.lower(),
    )


def _active(held: dict[str, Any]) -> Workflow | None:
    return Workflow(**held) if held["active"] else None


def _type(binding: TriggerBinding) -> str:
    return binding.type


def _bindings(groups: Sequence[Any]) -> Sequence[TriggerBinding]:
    found = [TriggerBinding(**held) for group in groups for held in group]
    return sorted(found, key=attrgetter("tenant_id", "workflow_id", "node_id"))


def _credentials(version: PublishedVersion) -> set[str]:
    """Ids that the manifest or a node of the graph names."""
    named = set(version.manifest.get("credentials", {}).values())
    for node in version.graph.get("nodes", ()):
        named.add(node.get("config", {}).get("credential"))
    return {name for name in named if isinstance(name, str)}
