"""How a step ended badly, ready to leave the process: no secrets, no live objects."""

import traceback
from dataclasses import dataclass
from pathlib import PurePath

from weft.domain.scrub import Scrubber

MAX_MESSAGE = 8_192  # characters; a cause has to fit into a state's payload
MAX_FRAMES = 20

OUT_OF_MEMORY = "Runner.OutOfMemory"


@dataclass(frozen=True, slots=True)
class StepFailure(Exception):
    """`error_type` is the error name that Retry and Catch match."""

    error_type: str
    message: str
    trace: tuple[str, ...] = ()

    def as_named_exception(self) -> Exception:
        """An exception whose class name is the error name, which is all that Lambda reports."""
        named: type[Exception] = type(self.error_type, (Exception,), {})
        return named(self.message)


def failure_of(error: BaseException, scrubber: Scrubber) -> StepFailure:
    """Keeps the class name; the message loses secrets; the trace shows places, never values."""
    if isinstance(error, StepFailure):
        return error
    if isinstance(error, MemoryError):
        return StepFailure(OUT_OF_MEMORY, "the step needed more memory than its worker may use")
    message = scrubber.text(str(error))
    if len(message) > MAX_MESSAGE:
        message = message[:MAX_MESSAGE] + " … (cut)"
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    trace = tuple(f"{_short(f.filename)}:{f.lineno} {f.name}" for f in frames)
    return StepFailure(type(error).__name__, message, trace)


def _short(filename: str) -> str:
    """From the package on: where the product is installed is nobody's business."""
    parts = PurePath(filename).parts
    for root in ("weft", "site-packages"):
        if root in parts:
            return "/".join(parts[len(parts) - 1 - parts[::-1].index(root) :])
    return parts[-1] if parts else filename
