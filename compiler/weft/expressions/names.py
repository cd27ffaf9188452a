"""What a free name of an expression stands for."""

from weft.expressions.ast import Expr, Get, Ref, RefKind
from weft.expressions.errors import ExpressionError

LOOP_FIELDS = ("item", "index")

# Roots whose first member is a name of its own, not a field of a value.
_FAMILIES = {
    "nodes": (RefKind.NODE, 'Write nodes["node-id"].output.field.'),
    "inputs": (RefKind.PORT, "Write inputs.port_name."),
    "variables": (RefKind.VARIABLE, "Write variables.name."),
    "loop": (RefKind.LOOP, "Write loop.item or loop.index."),
}
_WHOLES = {
    "trigger": Ref(RefKind.TRIGGER),
    "input": Ref(RefKind.PORT, "input"),
    "run": Ref(RefKind.RUN),
}


def needs_member(root: str) -> bool:
    """Is `root` a family, so that its first member decides what is meant?"""
    return root in _FAMILIES


def resolve(root: str, position: int) -> Ref:
    """The reference a root name stands for. Raises ExpressionError for a bare family name."""
    if root in _FAMILIES:
        raise ExpressionError(f"“{root}” has no value of its own", position, _FAMILIES[root][1])
    return _WHOLES.get(root) or Ref(RefKind.NODE, root)


def resolve_member(root: str, member: str, position: int) -> Ref:
    """The reference `root.member` stands for, for a root that `needs_member`."""
    kind, hint = _FAMILIES[root]
    if kind is RefKind.LOOP and member not in LOOP_FIELDS:
        raise ExpressionError(f"a loop has no “{member}”", position, hint)
    return Ref(kind, member)


def member(base: Expr, key: str, *, of_root: bool) -> Expr:
    """`base.key`; right behind a node's name, `.output` is the node's output itself."""
    if of_root and key == "output" and isinstance(base, Ref) and base.kind is RefKind.NODE:
        return base
    return Get(base, key)
