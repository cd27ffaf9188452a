"""The closed list of state types."""

from weft.engine.states.base import State
from weft.engine.states.choice import ChoiceState
from weft.engine.states.fail import FailState
from weft.engine.states.map import MapState
from weft.engine.states.parallel import ParallelState
from weft.engine.states.pass_state import PassState
from weft.engine.states.succeed import SucceedState
from weft.engine.states.task import TaskState
from weft.engine.states.wait import WaitState

STATE_TYPES: dict[str, type[State]] = {
    "Pass": PassState,
    "Task": TaskState,
    "Choice": ChoiceState,
    "Wait": WaitState,
    "Parallel": ParallelState,
    "Map": MapState,
    "Succeed": SucceedState,
    "Fail": FailState,
}
