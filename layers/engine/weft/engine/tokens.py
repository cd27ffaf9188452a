"""Task tokens: the answers that come from outside, journalled before they count."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from weft.domain.errors import Invalid
from weft.engine.errors import StateFailure, TaskTimedOut, TaskTokenInvalid
from weft.engine.journal import Journal
from weft.engine.json import MAX_PAYLOAD_BYTES, JsonValue, from_json, to_json
from weft.engine.run import TASK, Frame, Run
from weft.engine.states.task import TaskState

if TYPE_CHECKING:
    from weft.engine.core import Core

_TOKEN = re.compile(r"weft-(\d+)-(\d+)-[0-9a-f]{32}\Z")
MAX_ERROR, MAX_CAUSE = 256, 32_768  # characters (Step Functions)


class TaskTokens:
    """All methods but `answers` raise TaskTokenInvalid and TaskTimedOut.

    `load` gives an open run, from memory or the journal.
    """

    def __init__(self, journal: Journal, core: "Core", load: Callable[[int], Run | None]) -> None:
        self._journal = journal
        self._core = core
        self._load = load

    def succeed(self, token: str, output: JsonValue) -> None:
        """Give the task its result. Raises Invalid if too large."""
        if len(to_json(output)) > MAX_PAYLOAD_BYTES:
            raise Invalid(f"the output is over {MAX_PAYLOAD_BYTES} bytes")
        self._answer(token, {"output": output})

    def fail(self, token: str, error: str | None, cause: str | None) -> None:
        """Fail the task. Raises Invalid if too long."""
        if len(error or "") > MAX_ERROR or len(cause or "") > MAX_CAUSE:
            raise Invalid(f"an error has up to {MAX_ERROR} characters, a cause {MAX_CAUSE}")
        self._answer(token, {"error": error, "cause": cause})

    def beat(self, token: str) -> None:
        """The task is alive."""
        frame = self._frame_of(token)
        state = frame.definition
        assert isinstance(state, TaskState)
        state.beat(self._core, frame)
        self._core.ask_turn()

    def answers(self, seq: int) -> dict[str, dict[str, JsonValue]]:
        """Answers that an execution had got but not taken in when the engine stopped."""
        rows = self._journal.read("SELECT token, outcome FROM answers WHERE execution = ?", (seq,))
        return {token: from_json(outcome) for token, outcome in rows}

    def apply(self, frame: Frame, token: str, outcome: dict[str, JsonValue]) -> None:
        """Let the frame go on with an answer."""
        state = frame.definition
        assert isinstance(state, TaskState)
        failure = None
        if "output" not in outcome:
            failure = StateFailure(outcome["error"], outcome["cause"], inner=True)
        self._core.used(token)
        self._core.guard(
            frame, lambda: state.answered(self._core, frame, outcome.get("output"), failure)
        )

    def take(self, token: str, output: JsonValue) -> None:
        """The same, from a state of an execution: written with that state's next step."""
        self.apply(self._frame_of(token), token, {"output": output})

    def _answer(self, token: str, outcome: dict[str, JsonValue]) -> None:
        frame = self._frame_of(token)
        self._journal.write(
            "INSERT OR IGNORE INTO answers VALUES (?,?,?)",
            (token, frame.run.row.seq, to_json(outcome)),
        )
        self.apply(frame, token, outcome)
        self._core.ask_turn()

    def _frame_of(self, token: str) -> Frame:
        found = _TOKEN.match(token)
        run = self._load(int(found[1])) if found else None
        if found is None or (run is None and self._journal.execution("seq", int(found[1])) is None):
            raise TaskTokenInvalid("the task token was not issued by this engine")
        frame = run.frames.get(int(found[2])) if run is not None and run.open else None
        if frame is None or frame.phase != TASK or frame.wait.get("token") != token:
            raise TaskTimedOut("the task of this token has ended or timed out")
        return frame
