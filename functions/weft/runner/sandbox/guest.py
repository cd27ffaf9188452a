"""The far side: reads code and variables, locks itself in, runs the code, writes what came of it.

Runs under a bare interpreter without the product's packages. Whatever it writes is read as data.
"""

import io
import json
import os
import sys
from typing import Any

from weft.runner.sandbox.confine import NONE, NotIsolated, confine
from weft.runner.sandbox.program import FILE, WRAPPER, prepare


class CappedText(io.TextIOBase):
    """Keeps the first characters that are printed, and forgets the rest."""

    def __init__(self, size: int) -> None:
        self._room = size
        self._parts: list[str] = []
        self.cut = False

    def writable(self) -> bool:
        """As `print` asks."""
        return True

    def write(self, text: str) -> int:
        """Never fails: printing too much is no error."""
        data = text.encode("utf-8", "replace")
        if len(data) > self._room:
            self.cut = True
            data = data[: self._room]
        self._room -= len(data)
        self._parts.append(data.decode("utf-8", "ignore"))
        return len(text)

    def text(self) -> str:
        """What was kept."""
        return "".join(self._parts)


def main() -> None:
    """One request on standard input, one answer on what was standard output."""
    request = json.loads(sys.stdin.buffer.read())
    pipe = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    limits = request["limits"]
    try:
        isolation = confine(limits, request["allow_none"], request["without"])
    except NotIsolated as error:
        _write(pipe, {"kind": "not_isolated", "message": str(error)})
        os._exit(0)
    sys.path.pop()  # our own source, which only this start needed
    printed = CappedText(int(limits["stdout_bytes"]))
    sys.stdout = sys.stderr = printed
    answer = _run(request["code"], request["variables"], int(limits["result_bytes"]))
    answer |= {"isolation": isolation or NONE, "stdout": printed.text(), "cut": printed.cut}
    _write(pipe, answer)
    # Nothing the code has left behind (threads, exit handlers) may hold the answer up.
    os._exit(0)


def _run(code: str, variables: dict[str, Any], result_bytes: int) -> dict[str, Any]:
    try:
        result = _result(code, variables)
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
        size = len(text.encode("utf-8", "surrogatepass"))
    except MemoryError:
        return {"kind": "memory", "message": ""}
    except BaseException as error:
        # The person's own error, whatever it is, is the answer.
        return {"kind": "raised", "message": _told(error)}
    if size > result_bytes:
        return {"kind": "too_large", "message": f"{size:,}"}
    return {"kind": "done", "result": result}


def _result(code: str, variables: dict[str, Any]) -> Any:
    program, returns = prepare(code)
    world: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__, **variables}
    exec(program, world)  # noqa: S102 - what this process is for
    return world[WRAPPER]() if returns else world.get("result")


def _told(error: BaseException) -> str:
    """The class, the words, and the innermost line of the person's own code."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        words = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException as broken:
        words = f"(its text cannot be had: {type(broken).__name__})"
    where = f" (line {line})" if line is not None else ""
    told = f"{type(error).__name__}: {words}"[:4000] + where
    return told.encode("utf-8", "replace").decode()  # a message is text: no lone surrogates


def _write(pipe: int, answer: dict[str, Any]) -> None:
    data = memoryview(json.dumps(answer).encode())
    while data:
        data = data[os.write(pipe, data) :]
