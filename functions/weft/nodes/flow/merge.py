"""Brings several ways together again."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from weft.expressions.ast import Array, At, Binary, Call, Expr, Get, If, Lambda, Let, Literal, Var
from weft.ir.ops import Compute, Op, Race
from weft.ir.ports import Join, Port
from weft.nodekit.config import NodeConfig
from weft.nodekit.node_type import BoundNode, Category, NodeType
from weft.nodes.values import EMPTY, as_list, is_kind, item_at


class Mode(StrEnum):
    """What is made of the values that arrive (semantics §4.3)."""

    PASS = "pass"  # noqa: S105 (a word, no password)
    APPEND = "append"
    COMBINE = "combine"
    ZIP = "zip"
    JOIN = "join"
    ALL = "all"
    FIRST = "first"


class MergeConfig(NodeConfig):
    """How values become one."""

    mode: Mode = Field(
        default=Mode.PASS,
        title="Mode",
        description="pass: the first value. append: one list of all values, lists one behind the "
        "other. combine: one object of the fields of all, later ones win. zip: list of the first "
        "items, the second items … as long as every list has one. join: items of the first list "
        "with the fields of the items that have the same key. all: list of the values, only if "
        "every way was taken. first: what arrives first; the other ways are stopped.",
    )
    key: str | None = Field(
        default=None, min_length=1, title="Key", description="Name of the field that join looks at."
    )

    @model_validator(mode="after")
    def _key_for_join(self) -> Self:
        if (self.mode is Mode.JOIN) != (self.key is not None):
            raise ValueError("mode join needs a key, and no other mode takes one")
        return self


def lower(node: BoundNode[MergeConfig]) -> Op:
    """Skipped edges leave no gap: the values are those of the ways that were taken, in order."""
    arrived, most = node.input(), max(1, node.edges.get("input", 0))
    match node.config.mode:
        case Mode.PASS:
            made = item_at(arrived, 0)
        case Mode.APPEND:
            made = _appended(arrived, most)
        case Mode.COMBINE:
            made = _combined(arrived, most)
        case Mode.ZIP:
            made = _zipped(arrived)
        case Mode.JOIN:
            made = _joined(arrived, most, node.config.key or "")
        case Mode.ALL:
            made = arrived
        case Mode.FIRST:
            return Race()
    return Compute({"output": made})


def _appended(arrived: Expr, most: int) -> Expr:
    made: Expr = EMPTY
    for index in range(most):
        here = Var("value")
        one = If(is_kind(here, "array"), here, Array((here,)))
        there = Binary(">", Call("length", (arrived,)), Literal(index))
        one = If(there, Let("value", item_at(arrived, index), one), EMPTY)
        made = one if index == 0 else Binary("+", made, one)
    return made


def _combined(arrived: Expr, most: int) -> Expr:
    made: Expr = Literal({})
    for index in range(most):
        here = Var("value")
        fields = If(is_kind(here, "object"), here, Literal({}))
        made = Call("merge", (made, Let("value", item_at(arrived, index), fields)))
    return made


def _zipped(arrived: Expr) -> Expr:
    lists = Call("map", (arrived, Lambda(("value",), as_list(Var("value")))))
    row = Call("map", (Var("lists"), Lambda(("other",), At(Var("other"), Var("row")))))
    whole = Call(
        "all",
        (
            Var("lists"),
            Lambda(("other",), Binary("<", Var("row"), Call("length", (Var("other"),)))),
        ),
    )
    first = Call("default", (item_at(Var("lists"), 0), EMPTY))
    kept = Call("filter", (first, Lambda(("item", "row"), whole)))
    return Let("lists", lists, Call("map", (kept, Lambda(("item", "row"), row))))


def _joined(arrived: Expr, most: int, key: str) -> Expr:
    made = as_list(item_at(arrived, 0))
    for index in range(1, most):
        same = Binary("==", Get(Var("other"), key), Get(Var("item"), key))
        found = Call("filter", (Var("others"), Lambda(("other",), same)))
        both = Call("merge", (Var("item"), item_at(found, 0)))
        one = If(is_kind(Var("item"), "object"), both, Var("item"))
        body = Call("map", (made, Lambda(("item",), one)))
        made = Let("others", as_list(item_at(arrived, index)), body)
    return made


def join_rule(config: MergeConfig) -> Join:
    """`all` waits for every edge and is skipped if one is dead; else one live edge will do."""
    return Join.ALL_EDGES if config.mode is Mode.ALL else Join.ANY_PORT


NODE = NodeType(
    name="merge",
    version=1,
    title="Merge",
    description="Brings several ways together: the first value, or something made of all.",
    category=Category.FLOW,
    config=MergeConfig,
    lower=lower,
    inputs=(Port("input", many=True, description="The ways"),),
    outputs=(Port("output", description="What was made of the values"),),
    join=join_rule,
    icon="git-merge",
)
