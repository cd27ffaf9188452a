"""Runner groups and what their nodes need, from the catalogue: membership is data."""

from collections.abc import Mapping
from typing import Final

from weft.nodekit.evaluation import GROUP
from weft.nodekit.node_type import Need
from weft.nodes.catalogue import load_entries

CODE: Final = "code"  # runs what people wrote: no permission and no way out
AI: Final = "ai"  # the only one with SDKs of model vendors


def groups() -> Mapping[str, frozenset[Need]]:
    """By group, the union of what its node types need. A group without a node is not there."""
    found: dict[str, frozenset[Need]] = {GROUP: frozenset()}  # steps that nobody draws
    for entry in load_entries():
        if entry["group"] is not None:
            needs = frozenset(Need(need) for need in entry["needs"])
            found[entry["group"]] = found.get(entry["group"], frozenset()) | needs
    return dict(sorted(found.items()))
