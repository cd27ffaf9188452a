"""A filter on system calls: no sockets, no new programs or processes, nothing about the kernel."""

import ctypes
import errno
import struct

from weft.runner.sandbox import syscalls

# linux/audit.h
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_X32_BIT = 0x40000000

# Refused with EPERM: (number on x86_64, number on aarch64; None where there is none).
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "setrlimit": (160, 164),
    "prlimit64": (302, 261),
    "prctl": (157, 167),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "syslog": (103, 116),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "fanotify_init": (300, 262),
    "personality": (135, 92),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "ioperm": (173, None),
    "iopl": (172, None),
    "modify_ldt": (154, None),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "ioctl": (16, 29),
}
# `ioctl` is allowed for what files and socket pairs ask of it: TCGETS, FIONREAD, FIONBIO,
# FIONCLEX, FIOCLEX (asm-generic/ioctls.h).
_ALLOWED_IOCTLS = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)

_LOAD, _EQUAL, _SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24


def _errno(number: int) -> int:
    return 0x00050000 | number


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def program(machine: str) -> bytes:
    """The filter in the kernel's classic BPF; raises KeyError for a machine we do not know."""
    column = list(_ARCHITECTURES).index(machine)
    lines: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        # The x32 interface numbers the same calls differently.
        (_SET, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
        # Its arguments are in memory, where no filter sees them; libc falls back to `clone`.
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _errno(errno.ENOSYS)),
        # A clone is a thread of this process or nothing.
        (_EQUAL, 0, 4, _CLONE[machine]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_SET, 1, 0, syscalls.CLONE_THREAD),
        (_RETURN, 0, 0, _errno(errno.EPERM)),
        (_RETURN, 0, 0, _ALLOW),
    ]
    ioctl = _REFUSED["ioctl"][column]
    assert ioctl is not None
    lines.append((_EQUAL, 0, 2 + len(_ALLOWED_IOCTLS), ioctl))
    lines.append((_LOAD, 0, 0, _SECOND_ARGUMENT))
    for place, request in enumerate(_ALLOWED_IOCTLS):
        lines.append((_EQUAL, len(_ALLOWED_IOCTLS) - place, 0, request))
    lines.append((_RETURN, 0, 0, _errno(errno.ENOTTY)))
    # Reached by another call, or by an allowed request, whose code is no call's number below.
    lines.append((_LOAD, 0, 0, _NUMBER))
    numbers = [pair[column] for name, pair in _REFUSED.items() if name != "ioctl"]
    for number in numbers:
        if number is not None:
            lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _errno(errno.EPERM))]
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def install(machine: str) -> None:
    """For this process and all its threads to come; needs no-new-privs. Raises `OSError`."""
    code = program(machine)
    held = _Program(len(code) // 8, code)
    syscalls.prctl(syscalls.PR_SET_SECCOMP, syscalls.SECCOMP_MODE_FILTER, ctypes.byref(held))


def knows(machine: str) -> bool:
    """Whether there is a filter for this kind of machine."""
    return machine in _ARCHITECTURES
