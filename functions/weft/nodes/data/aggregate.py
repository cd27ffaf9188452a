"""Makes one value of many: a list, a sum, a count, a text."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from weft.expressions.ast import Binary, Call, Expr, Get, If, Lambda, Let, Literal, Var
from weft.ir.ops import Compute, Op
from weft.ir.ports import Join, Port
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import as_list, item_at


class Mode(StrEnum):
    """What is made of the items."""

    LIST = "list"
    COUNT = "count"
    SUM = "sum"
    AVERAGE = "average"
    MIN = "min"
    MAX = "max"
    JOIN = "join"
    UNIQUE = "unique"
    FIRST = "first"
    LAST = "last"


class AggregateConfig(NodeConfig):
    """What is aggregated, and how."""

    mode: Mode = Field(default=Mode.LIST, title="Mode", description="What is made of the items.")
    items: Value = Field(
        default=None,
        title="Items",
        description="A list. Left out: the list that arrives, or the list of all that arrives.",
    )
    field: str | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        title="Field",
        description="Path of a field, such as price or address.city: its values are taken "
        "instead of the items.",
    )
    separator: str = Field(
        default=", ", title="Separator", description="Stands between the texts of mode join."
    )

    @model_validator(mode="after")
    def _path_is_whole(self) -> Self:
        if self.field is not None and not all(self.field.split(".")):
            raise ValueError(f"{self.field!r} is not a path of field names")
        return self


def lower(node: BoundNode[AggregateConfig]) -> Op:
    """Numbers: null where an item is none; of no items: sum 0, average, min and max null."""
    config = node.config
    items = _arrived(node) if config.items is None else as_list(node.value("items"))
    if config.field is not None:
        picked: Expr = Var("item")
        for key in config.field.split("."):
            picked = Get(picked, key)
        items = Call("map", (items, Lambda(("item",), picked)))
    return Compute({"output": Let("items", items, _made(config, Var("items")))})


def _arrived(node: BoundNode[AggregateConfig]) -> Expr:
    """One value that arrives is itself the list, several make one."""
    many = node.input()
    if node.edges.get("input", 0) == 1:
        return as_list(item_at(many, 0))
    alone = Binary("==", Call("length", (many,)), Literal(1))
    return If(alone, as_list(item_at(many, 0)), many)


def _made(config: AggregateConfig, items: Expr) -> Expr:
    match config.mode:
        case Mode.LIST:
            return items
        case Mode.COUNT:
            return Call("length", (items,))
        case Mode.AVERAGE:
            return Binary("/", Call("sum", (items,)), Call("length", (items,)))
        case Mode.JOIN:
            return Call("join", (items, Literal(config.separator)))
        case _:
            return Call(config.mode.value, (items,))


NODE = NodeType(
    name="aggregate",
    version=1,
    title="Aggregate",
    description="One value from many: list, count, sum, average, smallest, largest, joined text.",
    category=Category.DATA,
    config=AggregateConfig,
    lower=lower,
    inputs=(Port("input", many=True, description="A list, or several values"),),
    outputs=(Port("output", description="The one value"),),
    join=Join.ANY_PORT,
    aliases=("aggregator",),
    icon="sigma",
)
