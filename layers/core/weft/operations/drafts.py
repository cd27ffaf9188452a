"""What may be stored as a draft: any well-formed `weft/1` document, however incomplete."""

from pydantic import ValidationError

from weft.domain.errors import Invalid, PayloadTooLarge
from weft.domain.graph import SCHEMA, GraphDoc
from weft.domain.workflow import JsonObject

MAX_NODES = 2_000


def checked_draft(graph: JsonObject, workflow_id: str, name: str, description: str) -> JsonObject:
    """The document with its server-owned fields set. Raises `Invalid` naming the first problem."""
    given = {**graph, "id": workflow_id, "name": name, "description": description}
    given.setdefault("schema", SCHEMA)
    if len(given.get("nodes") or ()) > MAX_NODES:
        raise PayloadTooLarge(f"a graph has at most {MAX_NODES} nodes")
    try:
        GraphDoc.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"the graph is not a {SCHEMA} document: {where}: {first['msg']}") from error
    return given
