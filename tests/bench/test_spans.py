"""The random families are what they were, and schedules compare as they should."""

import hashlib
import random

import pytest

from weft.bench.posets import FAMILIES, drawn, equal, skewed
from weft.bench.spans import SCHEDULERS, known, uncertain, with_futures
from weft.compiler.schedule.poset import covers


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_gives_orders_of_the_asked_size_the_same_each_time(family: str) -> None:
    first, second = (FAMILIES[family](random.Random(5), 40) for _ in range(2))
    assert first == second
    assert len(first.nodes) == 40
    assert sum(len(direct) for direct in covers(first)) >= 20


def test_frozen_orders_stay_frozen() -> None:
    """Figures of two versions compare only while these are the same."""
    found = hashlib.sha256()
    for name, family in FAMILIES.items():
        chance = random.Random(name)
        timed = skewed(chance, family(chance, 50))
        found.update(repr((timed.order.before, list(timed.seconds.values()))).encode())
    assert found.hexdigest()[:16] == "eba2d2a07bbc7674"


def test_drawn_durations_have_the_expected_mean() -> None:
    chance = random.Random(1)
    timed = equal(FAMILIES["stencil"](chance, 20_000))
    assert sum(drawn(chance, timed.seconds).values()) == pytest.approx(20_000, rel=0.03)


def test_ours_is_nearest_to_the_ideal_whatever_steps_really_take() -> None:
    rows = {row.schedule: row for row in uncertain("n8n-like", "skewed", graphs=8)}
    assert rows.keys() == SCHEDULERS.keys()
    assert 1 <= rows["ours"].mean < rows["levels"].mean < rows["sequence"].mean
    assert all(row.mean <= row.worst and row.p95 <= row.worst for row in rows.values())


def test_known_durations_leave_at_most_a_third_on_random_orders() -> None:
    for family in FAMILIES:
        assert 1 <= known(family, "skewed", graphs=5).worst <= 4 / 3


def test_the_more_futures_the_nearer_to_the_ideal() -> None:
    none, one, two = with_futures("n8n-like", "skewed", graphs=12)
    assert 1 <= two.mean <= one.mean <= none.mean
