"""The graphs that are measured: chains, a fan-out, a map, successive decisions."""

from typing import Any

Graph = dict[str, Any]


def _graph(nodes: list[Graph], edges: list[Graph]) -> Graph:
    start = {"id": "start", "type": "manual_trigger"}
    settings = {"concurrency_limit": 10_000}
    return {"schema": "weft/1", "nodes": [start, *nodes], "edges": edges, "settings": settings}


def _edge(source: str, target: str, **ports: str) -> Graph:
    return {"source": source, "target": target, **ports}


def _chain(names: list[str]) -> list[Graph]:
    return [_edge(a, b) for a, b in zip(["start", *names], names, strict=False)]


def pure_chain(length: int) -> Graph:
    """Each node adds a field computed from its predecessor's."""
    nodes: list[Graph] = []
    previous = "trigger.data.n"
    for index in range(length):
        config = {"fields": {"n": f"{{{{{previous} + 1}}}}", "note": "kept"}}
        nodes.append({"id": f"s{index}", "type": "set_fields", "config": config})
        previous = f"s{index}.output.n"
    nodes.append({"id": "out", "type": "output", "config": {"value": f"{{{{{previous}}}}}"}})
    return _graph(nodes, _chain([str(node["id"]) for node in nodes]))


def handler_chain(length: int) -> Graph:
    """Each node is a step of a worker."""
    nodes: list[Graph] = [
        {"id": f"s{index}", "type": "log", "config": {"message": f"step {index}"}}
        for index in range(length)
    ]
    return _graph(nodes, _chain([str(node["id"]) for node in nodes]))


def fan_out(arms: int, depth: int) -> Graph:
    """`arms` chains of `depth` worker steps at the same time, merged."""
    nodes: list[Graph] = []
    edges: list[Graph] = []
    for arm in range(arms):
        previous = "start"
        for step in range(depth):
            name = f"a{arm}_{step}"
            nodes.append({"id": name, "type": "log", "config": {"message": name}})
            edges.append(_edge(previous, name))
            previous = name
        edges.append(_edge(previous, "join"))
    nodes.append({"id": "join", "type": "merge", "config": {"mode": "append"}})
    return _graph(nodes, edges)


def map_items() -> Graph:
    """A loop over the input's items whose body is computed."""
    nodes = [
        {"id": "each", "type": "for_each", "config": {"items": "{{trigger.data.items}}"}},
        {"id": "line", "type": "set_fields",
         "config": {"fields": {"total": "{{loop.item.price * loop.item.count}}"}}},
        {"id": "out", "type": "output", "config": {"value": "{{each.output}}"}},
    ]  # fmt: skip
    edges = [
        _edge("start", "each", target_port="items"),
        _edge("each", "line", source_port="item"),
        _edge("line", "each", target_port="back"),
        _edge("each", "out", source_port="done"),
    ]
    return _graph(nodes, edges)


def map_steps() -> Graph:
    """A loop over the input's items whose body is a step of a worker."""
    nodes = [
        {"id": "each", "type": "for_each", "config": {"items": "{{trigger.data.items}}"}},
        {"id": "line", "type": "log", "config": {"message": "item {{loop.index}}"}},
        {"id": "out", "type": "output", "config": {"value": "{{each.output}}"}},
    ]
    edges = [
        _edge("start", "each", target_port="items"),
        _edge("each", "line", source_port="item"),
        _edge("line", "each", target_port="back"),
        _edge("each", "out", source_port="done"),
    ]
    return _graph(nodes, edges)


def approval() -> Graph:
    """A run that waits for a person."""
    nodes: list[Graph] = [
        {"id": "ask", "type": "approval", "config": {"message": "go on?"}},
        {"id": "out", "type": "output", "config": {"value": "{{ask.output.decision}}"}},
    ]
    edges = [_edge("start", "ask"), _edge("ask", "out", source_port="approved")]
    return _graph(nodes, edges)


def decisions(count: int) -> Graph:
    """`count` ifs in a row, both ways joined again by the next."""
    nodes: list[Graph] = []
    edges: list[Graph] = []
    previous: list[tuple[str, str | None]] = [("start", None)]
    for index in range(count):
        name = f"if{index}"
        config = {"condition": f"trigger.data.n % {index + 2} == 0"}
        nodes.append({"id": name, "type": "if", "config": config})
        for source, port in previous:
            edges.append(_edge(source, name, **({"source_port": port} if port else {})))
        previous = [(name, "true"), (name, "false")]
    nodes.append({"id": "out", "type": "output", "config": {"value": "{{trigger.data.n}}"}})
    for source, port in previous:
        edges.append(_edge(source, "out", **({"source_port": port} if port else {})))
    return _graph(nodes, edges)


def payload(size: int) -> Graph:
    """An input of about `size` bytes."""
    return {"n": 1, "pad": "x" * max(0, size - 20)}


def items(count: int) -> Graph:
    """An input for `map_items`."""
    return {"items": [{"price": index % 7, "count": index % 5} for index in range(count)]}
