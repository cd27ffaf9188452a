"""Landlock: the kernel forbids this process all files but the named ones, for good."""

import ctypes
import os
import stat

from weft.runner.sandbox import syscalls

_READ = (1 << 2) | (1 << 3)  # READ_FILE, READ_DIR
# linux/landlock.h: rights over files that each version of the interface knows.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_FILE_RIGHTS_SINCE_5 = (1 << 16) - 1
_ONLY_FOLDERS = ((1 << 16) - 1) & ~((1 << 0) | (1 << 1) | (1 << 2) | (1 << 14) | (1 << 15))
_NET_RIGHTS = 0b11  # bind, connect over TCP; since 4
_SCOPES = 0b11  # abstract Unix sockets, signals; since 6
_VERSION = 1
_PATH_BENEATH = 1


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("files", ctypes.c_uint64),
        ("net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def version() -> int:
    """Of the kernel's interface; 0 where there is none."""
    try:
        return syscalls.syscall(syscalls.LANDLOCK_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(readable: tuple[str, ...], writable: tuple[str, ...]) -> None:
    """Needs no privilege, but no-new-privs to be set. Raises `OSError`."""
    known = version()
    files = _FILE_RIGHTS.get(known, _FILE_RIGHTS_SINCE_5)
    rules = _Ruleset(files, _NET_RIGHTS if known >= 4 else 0, _SCOPES if known >= 6 else 0)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = syscalls.syscall(syscalls.LANDLOCK_CREATE_RULESET, ctypes.byref(rules), size, 0)
    for path in readable:
        _allow(ruleset, path, _READ & files)
    for path in writable:
        _allow(ruleset, path, files & ~1)  # anything but executing
    syscalls.syscall(syscalls.LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(parent).st_mode):
        rights &= ~_ONLY_FOLDERS
    rule = _PathRule(rights, parent)
    syscalls.syscall(syscalls.LANDLOCK_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(parent)
