"""Locks this process in by every means the machine has, and says by which."""

import os
import signal
import sys
from collections.abc import Callable, Collection

from weft.runner.sandbox import limits as caps

NONE = "none"


class NotIsolated(Exception):
    """What this machine lacks, in words for its operator."""


def confine(limits: dict[str, float], allow_none: bool, without: Collection[str]) -> str:
    """The names of the means. Returns in the process that runs the code: perhaps a child.

    Means in `without` are not tried. Raises `NotIsolated` when the means do not suffice and
    `allow_none` is false.
    """
    caps.apply_limits(limits)
    if sys.platform != "linux":
        return _without(allow_none, f"{sys.platform} has neither namespaces nor seccomp")
    return _confine_on_linux(limits, allow_none, without)


def _confine_on_linux(limits: dict[str, float], allow_none: bool, without: Collection[str]) -> str:
    # These need Linux to be imported at all.
    from weft.runner.sandbox import landlock, namespaces, seccomp, syscalls  # noqa: PLC0415

    machine = os.uname().machine
    _die_with_parent(syscalls.prctl)
    files = namespaces.interpreter_paths()
    lacking = [f"{name}: switched off" for name in without]
    own_world = "namespaces" not in without and _tried(
        lacking, "namespaces", lambda: namespaces.enter(int(limits["file_bytes"]))
    )
    if own_world:
        _go_on_in_child()
    namespaces.become_nobody()
    caps.cap_processes(int(limits["processes"]))
    _die_with_parent(syscalls.prctl)
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    if machine in syscalls.CAPSET:
        syscalls.drop_capabilities(machine)
    writable = (namespaces.TMP, "/dev/null") if own_world else ()
    readable = (*files, "/dev/zero", "/dev/urandom", "/dev/random")
    fenced = "landlock" not in without and _tried(
        lacking, "landlock", lambda: landlock.restrict(readable, writable)
    )
    known = seccomp.knows(machine) and "seccomp" not in without
    filtered = known and _tried(lacking, "seccomp", lambda: seccomp.install(machine))
    if not filtered or not (own_world or fenced):
        return _without(allow_none, "; ".join(lacking) or f"no seccomp filter for {machine}")
    found = (("namespaces", own_world), ("landlock", fenced), ("seccomp", filtered))
    return "+".join(name for name, there in found if there)


def _tried(lacking: list[str], name: str, action: Callable[[], None]) -> bool:
    try:
        action()
    except OSError as error:
        lacking.append(f"{name}: {error.strerror}")
        return False
    return True


def _without(allow_none: bool, reason: str) -> str:
    if allow_none:
        return NONE
    raise NotIsolated(reason)


def _die_with_parent(prctl: Callable[..., None]) -> None:
    # Forgotten by the kernel when the user changes, so it is asked again afterwards.
    prctl(1, signal.SIGKILL)


def _go_on_in_child() -> None:
    """A new process namespace begins with the next child; this process waits for it."""
    child = os.fork()
    if child == 0:
        return
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    # A shell's way to pass a signal on: 128 and its number.
    os._exit(code if code >= 0 else 128 - code)
