"""A world of its own for the guest: no network, no other processes, hardly any files."""

# Importing pathlib would make every start a fifth slower.
# ruff: noqa: PTH102, PTH103, PTH106, PTH112, PTH114, PTH115, PTH208, PTH211

import os
import sys

from weft.runner.sandbox import syscalls
from weft.runner.sandbox.syscalls import MS_BIND, MS_NODEV, MS_NOSUID, MS_RDONLY, MS_REMOUNT

NOBODY = 65534
TMP = "/tmp"  # noqa: S108 - a place to mount upon, then the guest's own; ours stays untouched
# Libraries that modules of the standard library load when they are first imported.
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_WORLD = (
    syscalls.CLONE_NEWNS
    | syscalls.CLONE_NEWNET
    | syscalls.CLONE_NEWPID
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWUTS
)
# What statvfs(3) and mount(2) call the same thing: a remount must keep what was there.
_KEPT = ((2, MS_NOSUID), (4, MS_NODEV), (8, 8), (1024, 1024), (2048, 2048), (4096, 1 << 21))


def interpreter_paths() -> tuple[str, ...]:
    """What the standard library needs to be read from."""
    stdlib = [path for path in sys.path if path.startswith(sys.base_prefix) and os.path.isdir(path)]
    libraries = [path for path in _LIBRARIES if os.path.isdir(path)]
    return tuple(dict.fromkeys([*stdlib, *libraries]))


def enter(file_bytes: int) -> None:
    """Leaves the machine's namespaces; the next child is the first process of a new world.

    Raises `OSError` where the kernel or the operator forbids it.
    """
    try:
        syscalls.unshare(_WORLD)
    except PermissionError:
        # Without the right to do that, a user namespace of one's own gives it.
        user, group = os.geteuid(), os.getegid()
        syscalls.unshare(syscalls.CLONE_NEWUSER | _WORLD)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{NOBODY} {user} 1")
        _write("/proc/self/gid_map", f"{NOBODY} {group} 1")
    _bare_root(file_bytes)


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _bare_root(file_bytes: int) -> None:
    """A file system with the interpreter's library, four devices and an empty /tmp."""
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    paths = interpreter_paths()
    syscalls.mount("tmpfs", TMP, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=755")
    old = f"{TMP}/old"
    os.mkdir(old)
    syscalls.syscall(syscalls.PIVOT_ROOT[os.uname().machine], _text(TMP), _text(old))
    os.chdir("/")
    for path in paths:
        _show(path)
    for path in _DEVICES:
        _show_device(path)
    os.mkdir(TMP)
    syscalls.mount(
        "tmpfs",
        TMP,
        "tmpfs",
        MS_NOSUID | MS_NODEV | 8,  # 8: nothing in it can be executed
        f"size={file_bytes},nr_inodes=1024,mode=1777",
    )
    syscalls.unmount("/old")
    os.rmdir("/old")
    syscalls.mount(None, "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.chdir(TMP)


def _text(text: str) -> object:
    import ctypes  # noqa: PLC0415 - beside its one use

    return ctypes.c_char_p(text.encode())


def _show(path: str) -> None:
    """The same folder, read-only, at the same place; or the same link."""
    old = f"/old{path}"
    if os.path.islink(old):
        os.symlink(os.readlink(old), path)
        return
    os.makedirs(path, exist_ok=True)
    syscalls.mount(old, path, None, MS_BIND)
    there = os.statvfs(path).f_flag
    kept = sum(flag for seen, flag in _KEPT if there & seen)
    syscalls.mount(None, path, None, MS_REMOUNT | MS_BIND | MS_RDONLY | kept | MS_NOSUID | MS_NODEV)


def _show_device(path: str) -> None:
    os.makedirs("/dev", exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o666))
    syscalls.mount(f"/old{path}", path, None, MS_BIND)


def become_nobody() -> None:
    """Root gives up being root, if the interpreter can be read without. Raises `OSError`."""
    if os.geteuid() == 0 and _nobody_can_read(interpreter_paths()[0]):
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def _nobody_can_read(path: str) -> bool:
    os.seteuid(NOBODY)
    try:
        os.listdir(path)
    except PermissionError:
        return False
    finally:
        os.seteuid(0)
    return True
