"""A few kills within the test run; `make test` and `make soak` do more of them."""

from pathlib import Path

from tests.e2e.crash_drill import drill


def test_a_killed_server_goes_on_where_it_was(tmp_path: Path) -> None:
    tally = drill(kills=4, seed=7, folder=tmp_path)
    assert tally.kills == 4
    assert tally.runs >= 1
