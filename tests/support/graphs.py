"""Small graphs, as an author would write them."""

from itertools import pairwise
from typing import Any


def chain(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A trigger and then the nodes, one after the other."""
    every = [{"id": "start", "type": "manual_trigger"}, *nodes]
    ids = [node["id"] for node in every]
    edges = [{"source": a, "target": b} for a, b in pairwise(ids)]
    return {"schema": "weft/1", "name": "chain", "nodes": every, "edges": edges, **more}


def code(source: str, **config: Any) -> dict[str, Any]:
    """One code node that is tried once."""
    return chain(once("code", "code", code=source, **config))


def request(url: str, **config: Any) -> dict[str, Any]:
    """One HTTP request that is tried once."""
    return chain(once("call", "http_request", url=url, **config))


def once(node_id: str, node_type: str, **config: Any) -> dict[str, Any]:
    """A node without retries."""
    return {"id": node_id, "type": node_type, "config": config, "retry": {"max_retries": 0}}


def wrapped(value: Any, levels: int) -> Any:
    """The value inside so many objects."""
    for _ in range(levels):
        value = {"a": value}
    return value
