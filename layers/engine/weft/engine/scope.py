"""Where the fields of a state find their values, in both query languages."""

from typing import Protocol

from weft.engine.json import JsonValue


class Scope(Protocol):
    """The state's input, what it has come to, the context object and the variables."""

    @property
    def input(self) -> JsonValue:
        """The state's raw input."""
        ...

    @property
    def variables(self) -> dict[str, JsonValue]:
        """Variables by name."""
        ...

    def given(self, name: str) -> JsonValue:
        """`result` or `errorOutput`, where the state has come to it."""
        ...

    def context(self) -> JsonValue:
        """The context object."""
        ...

    def bindings(self, *, context: bool) -> dict[str, JsonValue]:
        """For JSONata: variables by name, and `states`; with its `context` if asked for."""
        ...
