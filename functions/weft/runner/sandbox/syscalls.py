"""Calls to the Linux kernel that Python has no function for. Standard library only."""

import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_THREAD = 0x00010000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND = 1, 2, 4, 32, 4096
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2

# Of the machines we know: (x86_64, aarch64). Landlock's are the same on all.
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
CAPSET = {"x86_64": 126, "aarch64": 91}
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446

_libc = ctypes.CDLL(None, use_errno=True)
_CAPABILITY_VERSION_3 = 0x20080522


def _checked(outcome: int) -> int:
    if outcome < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return outcome


def syscall(number: int, *arguments: object) -> int:
    """Raises `OSError`. Numbers are passed as longs, the rest as ctypes has it."""
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(int(_libc.syscall(ctypes.c_long(number), *words)))


def prctl(option: int, *arguments: object) -> None:
    """Raises `OSError`."""
    words = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    words += [ctypes.c_ulong(0)] * (4 - len(words))
    _checked(int(_libc.prctl(option, *words)))


def unshare(flags: int) -> None:
    """Raises `OSError`."""
    _checked(int(_libc.unshare(flags)))


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Raises `OSError`."""
    texts = [text.encode() if text is not None else None for text in (source, target, kind)]
    _checked(int(_libc.mount(*texts, ctypes.c_ulong(flags), data.encode() or None)))


def unmount(target: str) -> None:
    """At once from view, in fact when nobody uses it any more. Raises `OSError`."""
    _checked(int(_libc.umount2(target.encode(), MNT_DETACH)))


def drop_capabilities(machine: str) -> None:
    """Every right of root's that this process may still hold. Raises `OSError`."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    syscall(CAPSET[machine], header, nothing)
