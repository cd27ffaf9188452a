"""Names of states and variables: from node ids, readable, unique, and the same every time."""

from weft.asl.limits import MAX_NAME
from weft.compiler.lower.closure import local_name


class Names:
    """Hands out state names; they are unique in the whole machine, loops and branches included."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def state(self, wanted: str) -> str:
        """`wanted`, cut to the limit, with a number where it is taken."""
        name, number = wanted[:MAX_NAME], 1
        while name in self._taken:
            number += 1
            suffix = f" #{number}"
            name = wanted[: MAX_NAME - len(suffix)] + suffix
        self._taken.add(name)
        return name


def variable(kind: str, node: str, depth: int) -> str:
    """The variable of a fact. Inner scopes may not reuse an outer name, so depth is part of it."""
    return f"{kind}{depth or ''}_{local_name(node)}"
