"""The worker's end of its pipe to the server: JSON frames, each after its length.

The same frames are written by `weft.adapters.embedded.workers.worker_process`: four bytes, the
length in little-endian order, then that much JSON.
"""

import os
import struct
from typing import Any

from weft.domain import errors
from weft.domain.errors import StepError, StepRefused, TransientStepError
from weft.runner.exact_json import from_json, to_json
from weft.runner.time_limit import undisturbed

_LENGTH = struct.Struct("<I")
_STEP_ERRORS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, StepError)
}


class Channel:
    """Blocking; one question or answer at a time."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def receive(self) -> dict[str, Any] | None:
        """The next frame; None when the server has closed the pipe."""
        head = self._read(_LENGTH.size)
        if head is None:
            return None
        body = self._read(_LENGTH.unpack(head)[0])
        if body is None:
            return None
        frame: dict[str, Any] = from_json(body)
        return frame

    def send(self, frame: dict[str, Any]) -> None:
        """Raises `OSError` when the server is gone."""
        body = to_json(frame)
        view = memoryview(_LENGTH.pack(len(body)) + body)
        while view:
            view = view[os.write(self._fd, view) :]

    def ask(self, question: str, details: dict[str, Any]) -> Any:
        """Ask the server on behalf of the running step. Raises the server's `StepError`."""
        with undisturbed():  # half a frame would be the end of the pipe
            self.send({"t": "ask", "question": question, "details": details})
            reply = self.receive()
        if reply is None:
            raise TransientStepError("the server went away")
        if "error" in reply:
            raise _STEP_ERRORS.get(reply["error"], StepRefused)(reply["message"])
        return reply["value"]

    def _read(self, size: int) -> bytes | None:
        parts: list[bytes] = []
        while size:
            part = os.read(self._fd, min(size, 1 << 20))
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
