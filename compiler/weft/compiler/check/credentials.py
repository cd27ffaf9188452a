"""Credentials are named by id, exist, and are of a type that the node can use."""

from collections.abc import Iterator

from weft.compiler.check.draft import Draft
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic


def check_credentials(draft: Draft) -> Iterator[Diagnostic]:
    """Look each named credential up, where the caller said which there are."""
    if draft.credentials is None:
        return
    for item in draft.nodes.values():
        named = getattr(item.config, "credential", None)
        if not isinstance(named, str) or not named:
            continue
        found = draft.credentials.get(named)
        accepted = [kind.name for kind in item.type.credentials]
        if found is None:
            yield diagnose(
                "W3011",
                f"{item.node.id} names {named!r}",
                node=item.node.id,
                port="credential",
                hint="add it with `weft credentials add` or choose another",
            )
        elif found not in accepted:
            yield diagnose(
                "W3012",
                f"{named!r} is {found}; {item.type.name} takes {', '.join(accepted) or 'none'}",
                node=item.node.id,
                port="credential",
            )
