"""Caps that every Unix has: memory, processor time, file sizes, open files."""

import resource


def apply_limits(limits: dict[str, float]) -> None:
    """`limits` as in `weft.ports.code_sandbox.CodeLimits`."""
    memory = int(limits["memory_mb"]) * 1024 * 1024
    processor = int(limits["cpu_seconds"])
    _cap(resource.RLIMIT_AS, memory, memory)
    # The soft limit's signal could be ignored; the hard one's cannot.
    _cap(resource.RLIMIT_CPU, processor, processor)
    _cap(resource.RLIMIT_FSIZE, int(limits["file_bytes"]), int(limits["file_bytes"]))
    _cap(resource.RLIMIT_NOFILE, 64, 64)
    _cap(resource.RLIMIT_CORE, 0, 0)


def cap_processes(count: int) -> None:
    """Threads count, and so do all others of this user; root is not bound by it."""
    _cap(resource.RLIMIT_NPROC, count, count)


def _cap(what: int, soft: int, hard: int) -> None:
    bound = resource.getrlimit(what)[1]
    if bound != resource.RLIM_INFINITY:
        soft, hard = min(soft, bound), min(hard, bound)
    resource.setrlimit(what, (soft, hard))
