"""Who may do what."""

import pytest

from weft.domain.caller import Caller, Role, Scope, system_caller
from weft.domain.errors import Forbidden
from weft.domain.times import iso

ORDER = (Role.VIEWER, Role.EDITOR, Role.ADMIN, Role.OWNER)


@pytest.mark.parametrize("has", ORDER)
@pytest.mark.parametrize("needs", ORDER)
def test_a_higher_role_may_do_what_a_lower_one_may(has: Role, needs: Role) -> None:
    caller = Caller("t", "u", has, "session")
    if ORDER.index(has) >= ORDER.index(needs):
        caller.require(needs, Scope.RUNS_READ)
    else:
        with pytest.raises(Forbidden):
            caller.require(needs, Scope.RUNS_READ)


def test_a_key_needs_the_scope_beside_the_role() -> None:
    key = Caller("t", "u", Role.OWNER, "api_key", frozenset({Scope.RUNS_READ}))
    key.require(Role.VIEWER, Scope.RUNS_READ)
    with pytest.raises(Forbidden, match="runs:write"):
        key.require(Role.EDITOR, Scope.RUNS_WRITE)
    with pytest.raises(Forbidden):
        key.require_person()


def test_the_product_itself_may_not_administer() -> None:
    with pytest.raises(Forbidden):
        system_caller("t").require(Role.ADMIN, Scope.KEYS_WRITE)


def test_times_are_shown_in_utc_with_milliseconds() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(1_767_323_045_007) == "2026-01-02T03:04:05.007Z"
