"""What steps may really take: the same few made-up runs for every plan, so that plans compare."""

import math
from statistics import NormalDist
from typing import Final

SPREAD: Final = 0.8  # sigma of the lognormal that durations are taken to follow

Spans = tuple[float, ...]  # seconds, one per draw; the first is what was expected


def draws(seconds: list[float], count: int, spread: float) -> list[Spans]:
    """Of each element its expected duration and `count - 1` lognormal ones around it.

    Latin hypercube (McKay, Beckman, Conover 1979): each element takes each quantile once, so that
    few draws cover what a duration can be. The same numbers each time.
    """
    if not spread or count < 2:
        return [(mean,) for mean in seconds]
    normal = NormalDist(-spread * spread / 2, spread)  # so that the mean is the expectation
    factors = [math.exp(normal.inv_cdf((k + 0.5) / (count - 1))) for k in range(count - 1)]
    drawn: list[Spans] = []
    for element, mean in enumerate(seconds):
        # A shuffle of its own for each element; hashes of numbers are stable, and dice enough.
        shuffled = sorted((hash((element, draw)), factor) for draw, factor in enumerate(factors))
        drawn.append((mean, *(mean * factor for _, factor in shuffled)))
    return drawn
