"""Measures many graphs in several lowerings."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from weft.bench.corpus import Sample
from weft.bench.runs import Measured, Trial, measure
from weft.validation.host import OracleHost

_AT_ONCE = 25  # graphs that share a host: its journal grows with every run


def measure_all(samples: Sequence[Sample], trial: Trial) -> list[Measured]:
    """One lowering over all graphs."""
    found: list[Measured] = []
    for start in range(0, len(samples), _AT_ONCE):
        found += asyncio.run(_measure(samples[start : start + _AT_ONCE], trial))
    return found


async def _measure(samples: Sequence[Sample], trial: Trial) -> list[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        async with OracleHost(Path(folder)) as host:
            return [await measure(host, sample, trial) for sample in samples]
