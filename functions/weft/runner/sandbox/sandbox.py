"""Our side of the sandbox: one fresh interpreter per run, and limits it cannot argue with."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from weft.domain.errors import PermanentStepError, StepRefused, StepTimeout
from weft.ports.code_sandbox import DEFAULT_LIMITS, CodeLimits, CodeResult
from weft.runner.exact_json import from_json, to_json

_SOURCE_ROOT = Path(__file__).parents[3]
_START = "import sys; sys.path.append({!r}); from weft.runner.sandbox.guest import main; main()"
_ENVIRONMENT = {"LANG": "C.UTF-8"}


class PythonSandbox:
    """Runs Python. Nothing of one run is there in the next."""

    def __init__(self, *, allow_unsandboxed: bool = False, without: Sequence[str] = ()) -> None:
        """`allow_unsandboxed`: run without isolation where the machine has none. `without`: means
        of isolation not to use, as if the machine had none of them.
        """
        self._allow_none = allow_unsandboxed
        self._without = tuple(without)
        start = _START.format(str(_SOURCE_ROOT))
        # The real file: a virtual environment's link may lie where the guest cannot look.
        interpreter = os.path.realpath(sys.executable)
        self._command = (interpreter, "-I", "-S", "-B", "-X", "utf8", "-c", start)

    def run(
        self, code: str, variables: Mapping[str, Any], limits: CodeLimits = DEFAULT_LIMITS
    ) -> CodeResult:
        """See `weft.ports.code_sandbox.CodeSandbox`."""
        request = {
            "code": code,
            "variables": dict(variables),
            "limits": asdict(limits),
            "allow_none": self._allow_none,
            "without": self._without,
        }
        began = time.monotonic()
        output, status = self._talk(to_json(request), limits, began + limits.seconds)
        return _result(output, status, limits, time.monotonic() - began)

    def _talk(self, request: bytes, limits: CodeLimits, end: float) -> tuple[bytes, int]:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and start line
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
        try:
            assert process.stdin is not None and process.stdout is not None
            _write(process.stdin.fileno(), request, end)
            process.stdin.close()
            # Text in JSON may take six times its size, as \u escapes.
            most = 6 * (limits.result_bytes + limits.stdout_bytes) + 65_536
            output = _read(process.stdout.fileno(), most, end)
            return output, process.wait(timeout=max(0.1, end - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise StepTimeout(f"the code did not end within {limits.seconds:g} s") from None
        finally:
            _end(process)


def _write(fd: int, data: bytes, end: float) -> None:
    os.set_blocking(fd, False)
    view = memoryview(data)
    while view:
        _, ready, _ = select.select([], [fd], [], max(0.0, end - time.monotonic()))
        if not ready:
            raise TimeoutError
        try:
            view = view[os.write(fd, view) :]
        except BrokenPipeError:
            return  # it died; its status says how


def _read(fd: int, most: int, end: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        ready, _, _ = select.select([fd], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            raise TimeoutError
        part = os.read(fd, 1 << 18)
        if not part:
            return b"".join(parts)
        size += len(part)
        if size > most:
            raise PermanentStepError("the code wrote more than it may give back")
        parts.append(part)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The guest may neither leave its process group nor change what ends with its parent."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


def _result(output: bytes, status: int, limits: CodeLimits, seconds: float) -> CodeResult:
    try:
        answer = from_json(output)
        kind, message = answer["kind"], str(answer.get("message", ""))
    except (ValueError, TypeError, KeyError):
        raise _died(status, limits) from None
    if kind == "done":
        return CodeResult(
            result=answer.get("result"),
            stdout=str(answer.get("stdout", "")),
            isolation=str(answer.get("isolation", "")),
            seconds=seconds,
            stdout_cut=bool(answer.get("cut")),
        )
    if kind == "not_isolated":
        raise StepRefused(
            f"this machine cannot isolate a person's code ({message}). The operator can run Weft "
            "on Linux with user namespaces or Landlock, or allow code to run without isolation "
            "with allow_unsandboxed_code, which lets every author read what the server can read"
        )
    if kind == "memory":
        raise PermanentStepError(f"the code needed more than its {limits.memory_mb} MiB of memory")
    if kind == "too_large":
        raise PermanentStepError(
            f"the code's result has {message} bytes; it may have {limits.result_bytes:,}"
        )
    raise PermanentStepError(message)


def _died(status: int, limits: CodeLimits) -> Exception:
    number = status - 128 if status > 128 else -status
    if number in (signal.SIGXCPU, signal.SIGKILL):
        return StepTimeout(f"the code used up its {limits.cpu_seconds} s of processor time")
    how = f"signal {number}" if number > 0 else f"exit status {status}"
    return PermanentStepError(f"the code ended its process without a result ({how})")
