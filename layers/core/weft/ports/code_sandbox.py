"""A person's own Python code, run where it can reach nothing of ours (rule 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """What one run may use. Memory is address space, in MiB; sizes are bytes of UTF-8."""

    seconds: float = 10.0  # by the clock
    cpu_seconds: int = 10
    memory_mb: int = 256
    result_bytes: int = 262_144  # a state's payload, Step Functions service quotas
    stdout_bytes: int = 65_536  # more is cut off
    file_bytes: int = 16 * 1024 * 1024
    processes: int = 16  # threads count


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What the code made. `isolation` names the means that held it; `none` if there were none."""

    result: Any  # JSON
    stdout: str
    isolation: str
    seconds: float
    stdout_cut: bool = False


DEFAULT_LIMITS = CodeLimits()


class CodeSandbox(Protocol):
    """Starts from nothing each time: no state is kept from one run to the next."""

    def run(
        self, code: str, variables: Mapping[str, Any], limits: CodeLimits = DEFAULT_LIMITS
    ) -> CodeResult:
        """Runs `code` with `variables` as its global names.

        The result is what the code returns from its top level, or else what it left in `result`.
        Raises `PermanentStepError` when the code raises, is no Python, ends its process, goes
        over a limit of memory or size, or has a result that is not JSON; `StepTimeout` when it
        takes too long; `StepRefused` when this machine cannot isolate it.
        """
        ...
