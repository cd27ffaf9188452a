"""Exit codes of the commands: 0 only for success."""

from enum import IntEnum

from weft.domain.errors import CompileError, Invalid, PlatformError, WeftError


class Exit(IntEnum):
    """What a script can tell apart."""

    OK = 0
    FAILED = 1  # the run failed, the request was refused
    USAGE = 2  # the command line, the graph or the input is wrong
    PLATFORM = 3  # Weft itself cannot go on: storage, port, configuration
    CANCELLED = 130  # by the person, or by whoever cancelled the run


def exit_code_of(error: WeftError) -> Exit:
    """The exit code for one of our errors."""
    if isinstance(error, CompileError | Invalid):
        return Exit.USAGE
    if isinstance(error, PlatformError):
        return Exit.PLATFORM
    return Exit.FAILED
