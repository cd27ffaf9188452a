"""Random expressions and templates over what a node of a random graph can see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weft.validation.growth import Made
from weft.validation.real_values import LISTS, SCALARS, TEXTS, WHOLES, Dice

# A value of the host has 256 KiB; graphs stay far below it by what they let grow.
BIG, RECORD, SMALL = 3_000, 1_500, 60
# Where the fields of a record are in the outputs of these types.
_RECORDS = {
    "approval": ("output.data", "output"),
    "http_request": ("output.response", "output", "response"),
    "llm_chat": ("output.usage", "output", "tool_calls[0].arguments"),
    "code": ("output.result", "output"),
    "webhook_trigger": ("output.body", "output.headers"),
}


@dataclass(slots=True)
class Sight:
    """What a node's expressions may name. `arriving`: the name of what arrives, if it may be read.

    `grown` adds up about how many bytes the expressions made so far can give.
    """

    dice: Dice
    readable: Sequence[Made]
    scope: str
    arriving: tuple[str, int] | None
    grown: int = 0

    def place(self) -> tuple[str, int]:
        """A path to a value that is probably a record, and how large it may be."""
        found = [("trigger.data", RECORD), ("variables.box", 200)]
        if self.arriving is not None:
            found += [self.arriving] * 3
        if self.scope:
            found += [("loop.item", RECORD), (f"{self.scope}.item", RECORD)]
        if self.readable and self.dice.random() < 0.6:
            far = self.dice.random() < 0.4
            made = self.dice.choice(self.readable if far else self.readable[-5:])
            path = self.dice.choice(
                _RECORDS.get(made.type, ("output", "output", "output.items[0]"))
            )
            found = [(f"{made.id}.{path}", made.size)]
        return self.dice.choice(found)

    def scalar(self) -> str:
        """An expression with a small value, such as a condition needs."""
        if self.scope and self.dice.random() < 0.1:
            return "loop.index"
        self.grown += SMALL
        return self.dice.choice(SCALARS).format(p=self.place()[0])

    def whole(self) -> str:
        """An expression with any value, unless that may be big."""
        path, size = self.place()
        if size > BIG or self.dice.random() < 0.3:
            return self.scalar()
        self.grown += size
        return self.dice.choice(WHOLES).format(p=path)

    def list(self) -> str:
        """An expression that gives a list, sometimes something else."""
        path, size = self.place()
        self.grown += min(size, BIG)
        if size > BIG:
            return f"[{path}.n, {path}.name]"
        return self.dice.choice(LISTS).format(p=path)

    def text(self) -> str:
        """A template that gives text."""
        parts = [self.dice.choice(("", "at ", "\\{{ no }} ", *TEXTS))]
        for _ in range(self.dice.randint(1, 2)):
            parts += ["{{ " + self.scalar() + " }}", self.dice.choice(("", " and ", *TEXTS))]
        return "".join(parts)

    def value(self) -> Any:
        """Any config value: a constant, one template, or JSON with templates inside."""
        match self.dice.randint(0, 7):
            case 0:
                return self.dice.choice(
                    [3, 0, False, "plain", [1, {"n": 2}], {"n": 1, "flag": True}]
                )
            case 1:
                return self.text()
            case 2:
                return {
                    "n": "{{ " + self.scalar() + " }}",
                    "items": ["{{ " + self.whole() + " }}", 7],
                }
            case 3:
                return ["{{ " + self.scalar() + " }}", {"name": "{{ " + self.scalar() + " }}"}]
            case _:
                return "{{ " + self.whole() + " }}"
