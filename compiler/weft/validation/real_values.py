"""Values that flow through random graphs of the real node types, and expressions over them.

Answers have the shapes that the node types say, so that conditions on them go either way.
"""

import random
from typing import Any

import orjson

from weft.ir.flow import FlowNode

Dice = random.Random
NAMES = ("left", "right", "neither")
# Texts that hosts and escapes could treat as more than text.
TEXTS = (
    "left", "right", "", "two words", "Größe: 4 m²", 'a "quoted" {part}', "{% x %} $n & 'y'",
    "back\\slash\n", "12", "-3.5", '{"n": 3, "name": "left"}', "[1, 2]",
)  # fmt: skip
# What reads one place of a value and gives little, whatever the value is.
SCALARS = (
    "{p}.id", "{p}.n", "{p}.n", "{p}.flag", "{p}.flag", "{p}.name", "{p}.price", "{p}.place.city",
    "{p}.items[0].n", "{p}.items[-1].id", "{p}.nope.deeper[3]", "{p} is defined", "type({p})",
    "{p}.n + 1", "{p}.n * 2 - {p}.price", "{p}.n // 2", "{p}.n % 3", "{p}.price / 4",
    "{p}.name | upper", "{p}.name | default('none')", "{p}.name ~ '-' ~ {p}.n", "{p}.text[:9]",
    "{p}.text | trim | split(' ') | length", "{p}.text | number | default(-1)", "len({p}.items)",
    "{p}.items | map('n') | sum", "{p}.items | map('n') | max", "{p}.items | map('id') | join('/')",
    "{p}.items | filter(i => i.n > 1) | length", "{p}.items | any(i => i.flag)",
    "{p}.items | sort('n') | map('n') | first", "{p}.items | map('flag') | unique | length",
    "({p} | tojson)[:20]", "{p}.name | replace('e', '_')", "{p}.name | matches('^l.*t$')",
    "'big' if {p}.n > 2 else 'small'", "{p}.n > variables.limit", "{p}.name in variables.names",
    "{p}.n == 2 or {p}.flag", "{p}.n <= 1 and not {p}.flag", "{p}.name == 'left'",
    "{p}.price | round", "variables.limit", "run.workflow ~ {p}.id",
)  # fmt: skip
# What gives as much as the value itself, or less.
WHOLES = (
    "{p}", "{p}", "{p}.items", "{p}.place", "{p}.items | map('n')", "{p} | default({{'n': 1}})",
    "{p}.items | filter(i => i.flag)", "{p}.items[:2]", "{p}.items | reverse", "variables.box",
    "{{'n': {p}.n, 'name': {p}.name, 'flag': {p}.n > 1}}", "[{p}.n, {p}.name, {p}.nope]",
)  # fmt: skip
LISTS = (
    "{p}.items[:3]",
    "{p}.items",
    "[{p}.n, {p}.name]",
    "variables.names",
    "{p}.items | reverse",
)
# Over an item of a list; the second kind makes more than there was.
ITEM_TESTS = (
    "item.n > 1",
    "item.flag",
    "item",
    "index % 2 == 0",
    "item.name == 'left'",
    "item.n in [1, 2]",
)
ITEM_MAKERS = (
    "item.n", "item.id ~ index", "{'n': index, 'name': item.name, 'flag': item.flag}",
    "{'n': item.n, 'items': [index], 'id': item.id}", "index", "item.n + variables.limit", "item",
    "item.items", "item | default(0)",
)  # fmt: skip


def record(dice: Dice, name: str, items: int = 3) -> dict[str, Any]:
    """An object with the fields that expressions look for; about 600 bytes at most."""
    return {
        "id": name,
        "n": dice.randint(0, 4),
        "flag": dice.choice([True, False]),
        "name": dice.choice(NAMES),
        "text": dice.choice(TEXTS),
        "price": dice.choice([0, 2.5, 12, 0.1, -4.75, None]),
        "place": dice.choice([None, {"city": dice.choice(TEXTS), "n": 1}]),
        "items": [record(dice, f"{name}/{k}", 0) for k in range(dice.randint(0, items))],
    }


def any_value(dice: Dice, name: str) -> Any:
    """Mostly a record; also what an author did not expect."""
    others: list[Any] = [None, dice.randint(-2, 7), dice.choice(TEXTS), True, [], {}, 0.25]
    lists = [[record(dice, f"{name}.{k}", 1) for k in range(dice.randint(0, 3))], [1, None, "x"]]
    return dice.choices([record(dice, name), dice.choice(others), dice.choice(lists)], [7, 2, 2])[0]


def answers(dice: Dice, node: FlowNode, named: str) -> dict[str, Any]:
    """What a node of this type answers, by port."""
    value = any_value(dice, named)
    match node.type:
        case "approval":
            decision = dice.choice(["approved", "approved", "rejected", "rejected", "later"])
            by = {"decided_by": dice.choice([None, "u1"]), "decided_at": "2027-01-15T09:00:00Z"}
            return {"decision": decision, "comment": dice.choice(TEXTS), "data": value, **by}
        case "http_request":
            status = dice.choice([200, 200, 201, 204, 404])
            return {"response": value, "status": status, "headers": {"x-n": str(status)}}
        case "llm_chat":
            spoken = dice.choice([dice.choice(TEXTS), orjson.dumps(value).decode()])
            usage = {"total_tokens": dice.randint(0, 9), "cost_usd": 0.125, "model": "m"}
            calls = [
                {"id": "c", "name": "look", "arguments": {"n": dice.randint(0, 4)}, "raw": "{}"}
            ]
            return {"response": spoken, "usage": usage, "tool_calls": calls[: dice.randint(0, 1)]}
        case "code":
            return {"result": value, "stdout": dice.choice(TEXTS)}
        case _:
            return {"output": value}
