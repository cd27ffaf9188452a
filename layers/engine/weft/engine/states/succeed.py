"""Succeed: ends the branch or execution well."""

from weft.engine.states.pass_state import PassState


class SucceedState(PassState):
    """Leaves at once; it never has a Next."""

    kind = "Succeed"
