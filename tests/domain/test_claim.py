"""Claims: what can be read of one is what the value says, and nobody can make one up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.claim import CLAIM, NO_CLAIM, Claimable, Seal, claimed, redeemed

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(st.lists(KEYS, min_size=1, max_size=3).map(tuple), max_size=4)
SEAL = Seal(b"k" * 32, "tenant", "run")


class Kept:
    """What claims stand for."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def keep(self, value: Any) -> str:
        self.values.append(value)
        return f"kept {len(self.values) - 1}"

    def fetch(self, text: str) -> Any:
        return self.values[int(text[5:])] if text.startswith("kept ") else NO_CLAIM


def at(value: Any, path: tuple[str, ...]) -> Any:
    """As expressions read members: null where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


@given(VALUES, PATHS, PATHS, st.randoms(use_true_random=False))
def test_a_claim_reads_as_its_value_and_gives_it_back(
    value: Any, read: list[tuple[str, ...]], passed: list[tuple[str, ...]], dice: Any
) -> None:
    kept = Kept()
    wanted = Claimable(tuple(read), tuple(passed))
    left = claimed(value, wanted, kept.keep, lambda _: dice.random() < 0.6)
    for path in read:
        assert at(left, path) == at(value, path)
    for path in passed:
        assert redeemed(at(left, path), kept.fetch) == at(value, path)
    assert redeemed([left, {"x": left}], kept.fetch) == [value, {"x": value}]


def test_of_a_large_value_only_what_is_read_is_left() -> None:
    kept = Kept()
    value = {"id": 7, "text": "x" * 100, "more": {"n": 1, "rest": "y" * 100}}
    wanted = Claimable((("id",), ("more", "n")), (("text",),))
    left = claimed(value, wanted, kept.keep, lambda part: len(str(part)) > 50)
    assert left == {CLAIM: "kept 0", "id": 7, "text": {CLAIM: "kept 1"}, "more": {"n": 1}}
    assert kept.values == [value, "x" * 100]


def test_a_small_value_is_left_alone() -> None:
    assert claimed({"a": 1}, Claimable(), Kept().keep, lambda _: False) == {"a": 1}


@given(PATHS, PATHS)
def test_what_a_call_is_told_is_what_was_meant(
    read: list[tuple[str, ...]], passed: list[tuple[str, ...]]
) -> None:
    wanted = Claimable(tuple(read), tuple(passed))
    assert Claimable.from_json(wanted.as_json()) == wanted


@given(VALUES)
def test_data_that_looks_like_a_claim_stays_as_it_is(value: Any) -> None:
    forged = {CLAIM: "0" * 64 + ".10." + "0" * 64, "of": value}
    assert redeemed({"in": [forged]}, lambda text: SEAL.read(text) or NO_CLAIM) == {"in": [forged]}


TEXT = SEAL.text("d" * 64, 10)


def test_a_run_reads_its_own_seal() -> None:
    assert SEAL.read(TEXT) == ("d" * 64, 10)


@pytest.mark.parametrize(
    "other",
    [
        Seal(b"k" * 32, "tenant", "another"),
        Seal(b"k" * 32, "another", "run"),
        Seal(b"j" * 32, "tenant", "run"),
        Seal(b"k" * 32, "tenantr", "un"),
    ],
)
def test_no_other_run_tenant_or_key_reads_a_seal(other: Seal) -> None:
    assert other.read(TEXT) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "..", "a.b", "a.b.c.d", TEXT[:-1], TEXT + "0", "e" + TEXT[1:],
        TEXT.replace(".10.", ".11."), TEXT.replace(".10.", ".1.0."), TEXT.upper(), "ü.1.ü",
        TEXT.replace("d", "\ud800", 1),
    ],
)  # fmt: skip
def test_what_was_changed_is_no_claim(text: str) -> None:
    assert SEAL.read(text) is None
