"""A process that runs steps for the embedded server, one at a time, until its pipe closes.

Started as `python -m weft.runner.worker` with one end of a socket pair as standard input. It
holds no keys and no store; what a step needs of those it asks the server for.
"""

import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from weft.bootstrap.step_services import StepSettings, chat_model, http_client
from weft.domain.scrub import Scrubber
from weft.nodekit.node_type import NodeType
from weft.ports.code_sandbox import CodeSandbox
from weft.runner.channel import Channel
from weft.runner.confinement import cap_memory, die_with
from weft.runner.context import Services
from weft.runner.failure import OUT_OF_MEMORY, StepFailure, failure_of
from weft.runner.fused import ends_process, run_call
from weft.runner.server_desk import ServerApprovals, ServerClaims, ServerSecrets

Load = Callable[[str, int], NodeType[Any]]


def take_pipe() -> Channel:
    """Moves the pipe away from standard input, and keeps prints of node code out of it."""
    pipe = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return Channel(pipe)


def serve(load: Load) -> None:
    """Runs steps until the server closes the pipe."""
    channel = take_pipe()
    hello = channel.receive()
    if hello is None:
        return
    die_with(hello["parent"])
    if hello["lock"] is not None:
        # The lock must end with this process, not with a child of it.
        os.set_inheritable(hello["lock"], False)
    cap_memory(hello["memory_mb"])
    services = _services(channel, StepSettings(**hello["settings"]), load)
    channel.send({"t": "ready"})
    while (frame := channel.receive()) is not None:
        channel.send(_outcome(frame["call"], services))


def _outcome(call: dict[str, Any], services: Services) -> dict[str, Any]:
    """The frame for the server; `last` says that this process is not fit for another step."""
    try:
        answer = run_call(call, services)
        return {"t": "done", "answer": answer, "last": ends_process(answer)}
    except StepFailure as failure:
        frame = {"type": failure.error_type, "message": failure.message, "trace": failure.trace}
        # What a flood left behind nobody knows: the next step gets a fresh process.
        return {"t": "failed", **frame, "last": failure.error_type == OUT_OF_MEMORY}


def _services(channel: Channel, settings: StepSettings, load: Load) -> Services:
    @cache
    def code() -> CodeSandbox:
        # Only code steps pay for the sandbox.
        from weft.runner.sandbox.sandbox import PythonSandbox  # noqa: PLC0415

        return PythonSandbox(allow_unsandboxed=settings.allow_unsandboxed_code)

    return Services(
        load=load,
        http=cache(lambda: http_client(settings)),
        chat=cache(lambda: chat_model(settings)),
        secrets=lambda call: ServerSecrets(channel),
        approvals=lambda call: ServerApprovals(channel),
        claims=lambda call: ServerClaims(channel),
        code=code,
    )


def load_from_catalogue(name: str, version: int) -> NodeType[Any]:
    """Raises `PermanentStepError` when there is no such node type in that version."""
    # The catalogue is loaded after the pipe is safe: a node module may print while it loads.
    from weft.nodes.catalogue import load_node  # noqa: PLC0415

    return load_node(name, version)


if __name__ == "__main__":
    try:
        serve(load_from_catalogue)
    except OSError as error:
        # The server is gone; there is nobody left to tell but the log.
        sys.stderr.write(f"worker {os.getpid()} ends: {failure_of(error, Scrubber()).message}\n")
        sys.exit(1)
