"""Random configs of the real node types, and about how large what they give can be."""

from collections.abc import Callable
from typing import Any

from weft.nodes.comparison import Operator
from weft.validation.real_expressions import BIG, RECORD, SMALL, Sight
from weft.validation.real_values import ITEM_MAKERS, ITEM_TESTS

Config = dict[str, Any]
Maker = Callable[[Sight, int, bool], tuple[Config, int]]
_UNTIL = ("2027-01-15T08:00:30Z", "2020-01-01T00:00:00+02:00", "2027-02-01T00:00:00Z")
_PATTERNS = ("^l", "t$", "[a-z]+", "^\\d+$", "e.*t", ".")
_HEAVY_MODES = ("pass", "all", "append", "combine", "zip", "join")


def config_for(kind: str, sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    """A config of that type and the size of its output, where `arriving` bytes come in.

    `alone`: nothing arrives through an edge, so a list has to be given.
    """
    make = _MAKERS.get(kind)
    return ({}, SMALL) if make is None else make(sight, arriving, alone)


def _braced(text: str) -> str:
    return "{{ " + text + " }}"


def _input(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    declared = [
        {"name": "n", "type": "number", "default": sight.dice.choice([None, 2])},
        {"name": "missing", "default": sight.dice.choice([None, {"n": 1}, "none"])},
        {"name": "name", "type": "string", "required": True},
    ]
    return {"inputs": declared[: sight.dice.randint(0, 3)]}, RECORD


def _set_fields(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    names = ["n", "name", "flag", "items", "place", "extra"]
    chosen = sight.dice.sample(names, sight.dice.randint(0, 4))
    fields = {name: sight.value() for name in chosen}
    keep = arriving <= BIG and sight.dice.random() < 0.5
    return {"fields": fields, "keep_input": keep}, sight.grown + arriving * keep + SMALL


def _template(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    return {sight.dice.choice(["template", "text"]): sight.text()}, 300


def _stringify(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    if arriving > BIG or sight.dice.random() < 0.4:
        return {"value": sight.value()}, 2 * sight.grown + SMALL
    return {}, 2 * arriving


def _listed(sight: Sight, arriving: int) -> tuple[Config, int]:
    """`items`, left out where what arrives is not too large."""
    if arriving > BIG or sight.dice.random() < 0.3:
        return {"items": _braced(sight.list())}, sight.grown
    return {}, arriving


def _filter(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config, size = _listed(sight, arriving)
    return {**config, "condition": sight.dice.choice(ITEM_TESTS)}, size


def _mapper(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config, size = _listed(sight, arriving)
    return {**config, "expression": sight.dice.choice(ITEM_MAKERS)}, 3 * size + SMALL


def _aggregate(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config, size = _listed(sight, arriving)
    modes = ["list", "count", "sum", "average", "min", "max", "join", "unique", "first", "last"]
    config["mode"] = sight.dice.choice(modes)
    if sight.dice.random() < 0.6:
        config["field"] = sight.dice.choice(["n", "name", "price", "place.city", "nope"])
    if sight.dice.random() < 0.3:
        config["separator"] = " | "
    return config, size + SMALL


def _if(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    if sight.dice.random() < 0.5:
        condition = sight.scalar()
        return {"condition": sight.dice.choice([condition, _braced(condition)])}, arriving
    compared = [_comparison(sight) for _ in range(sight.dice.randint(1, 3))]
    return {"conditions": compared, "combine": sight.dice.choice(["all", "any"])}, arriving


def _comparison(sight: Sight) -> Config:
    operator = sight.dice.choice(list(Operator))
    left = _braced(sight.whole() if sight.dice.random() < 0.4 else sight.scalar())
    if operator is Operator.MATCHES:
        return {"left": left, "operator": operator.value, "right": sight.dice.choice(_PATTERNS)}
    constants = [0, 1, 2, "left", "l", "t", True, None, "", [], ["left", "right"], {"n": 1}]
    right: Any = sight.dice.choice(constants)
    if sight.dice.random() < 0.3:
        right = _braced(sight.scalar())
    return {"left": left, "operator": operator.value, "right": right}


def _switch(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    names = sight.dice.sample(["one", "two", "three", "Case 4", "five.5"], sight.dice.randint(1, 4))
    cases: list[Config] = []
    for name in names:
        if sight.dice.random() < 0.4:
            cases.append({"name": name, "when": sight.scalar()})
        else:
            equals = sight.dice.choice(
                [0, 1, 2, 3, "left", "right", True, "small", _braced(sight.scalar())]
            )
            cases.append({sight.dice.choice(["name", "port"]): name, "equals": equals})
    config: Config = {"cases": cases, "every_match": sight.dice.random() < 0.4}
    if sight.dice.random() < 0.8:
        config["value"] = _braced(sight.scalar())
    return config, arriving


def _merge(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    mode = sight.dice.choice(["pass", *_HEAVY_MODES] if arriving <= BIG else ["pass"])
    if mode == "join":
        return {"mode": mode, "key": sight.dice.choice(["n", "name", "id"])}, 6 * arriving
    return {"mode": mode}, arriving + SMALL


def _for_each(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config: Config = {"concurrency": sight.dice.choice([0, 0, 1, 2, 3])}
    if sight.dice.random() < 0.35:  # so that loops in loops have something to go over
        config["items"] = [{"n": 1, "name": "left", "items": [7, None]}, {"n": 2, "flag": True}]
    elif arriving > RECORD or alone or sight.dice.random() < 0.5:
        config["items"] = _braced(sight.list())
    config["on_item_error"] = sight.dice.choice(["fail", "fail", "skip"])
    return config, BIG


def _delay(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    if sight.dice.random() < 0.3:
        return {"until": sight.dice.choice([*_UNTIL, "{{trigger.timestamp}}"])}, arriving
    seconds = [0, 5, 0.4, 86_400, "{{variables.limit}}", _braced(sight.scalar())]
    return {"seconds": sight.dice.choice(seconds)}, arriving


def _approval(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config: Config = {"title": sight.text()}
    config["timeout_seconds"] = sight.dice.choice([None, 60, 3_600, "{{variables.limit}}"])
    config["on_timeout"] = sight.dice.choice(["fail", "approve", "reject", "branch", "branch"])
    if sight.dice.random() < 0.5:
        config |= {"message": sight.text(), "details": sight.value()}
    if sight.dice.random() < 0.3:
        config |= {"approvers": ["u1", _braced(sight.scalar())], "fields": [{"name": "why"}]}
    return config, RECORD


def _log(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    level = sight.dice.choice(
        ["info", "warning", "{{'error' if variables.limit > 1 else 'debug'}}"]
    )
    config = {"message": sight.text(), "level": level}
    return config | ({"data": sight.value()} if sight.dice.random() < 0.4 else {}), RECORD


def _http(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config: Config = {"url": "https://example.org/{{" + sight.scalar() + "}}"}
    config["method"] = sight.dice.choice(["GET", "POST", "DELETE"])
    if sight.dice.random() < 0.5:
        config |= {"query": {"q": _braced(sight.scalar()), "at": "7"}, "body": sight.value()}
    if sight.dice.random() < 0.2:
        config |= {"headers": {"x-of": sight.text(), "x-n": _braced(sight.scalar())}}
    if sight.dice.random() < 0.5:
        config["credential"] = "server"
    return config, RECORD


def _llm(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config: Config = {
        "credential": "models",
        "model": sight.dice.choice(["m", "{{variables.names[0]}}"]),
    }
    match sight.dice.randint(0, 2):
        case 0:
            config["prompt"] = sight.text()
        case 1:
            config["messages"] = [{"role": "user", "content": sight.text()}]
        case _:
            pass  # what arrives, as text
    return config | ({"system": sight.text()} if sight.dice.random() < 0.3 else {}), 2 * RECORD


def _code(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config: Config = {"code": "return {{'n': 1}}  # {{ no template }}"}
    return config | (
        {"variables": {"x": sight.value()}} if sight.dice.random() < 0.5 else {}
    ), RECORD


def _stand_in(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    return {"was": "theirs", "settings": {"text": "{{ stays }}"}}, RECORD


def _parse(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config = {"on_invalid": sight.dice.choice(["fail", "null"])}
    return config | ({"value": sight.value()} if sight.dice.random() < 0.5 else {}), RECORD


def _output(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    return ({"value": sight.value()} if sight.dice.random() < 0.4 else {}), SMALL


def _response(sight: Sight, arriving: int, alone: bool) -> tuple[Config, int]:
    config: Config = {"status": sight.dice.choice([200, 404, _braced(sight.scalar())])}
    if sight.dice.random() < 0.5:
        config |= {"headers": {"x-of": sight.text()}, "body": sight.value()}
    return config, SMALL


_MAKERS: dict[str, Maker] = {
    "input": _input, "set_fields": _set_fields, "template": _template,
    "json_stringify": _stringify, "json_parse": _parse, "filter": _filter, "mapper": _mapper,
    "aggregate": _aggregate, "if": _if, "switch": _switch, "merge": _merge,
    "for_each": _for_each, "delay": _delay, "approval": _approval, "log": _log,
    "http_request": _http, "code": _code, "stand_in": _stand_in, "llm_chat": _llm,
    "output": _output,
    "webhook_response": _response,
}  # fmt: skip
