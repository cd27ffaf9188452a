"""What `weft.ports.directory` and `weft.ports.credentials` promise."""

from dataclasses import replace
from typing import Any

import pytest

from weft.domain.access import ApiKey, Session, SignInLink, Tenant, User
from weft.domain.caller import Role, Scope
from weft.domain.credential import Credential
from weft.domain.errors import Conflict, NotFound

OWNER = User("a", "u", "Ada", "ada@example.com", Role.OWNER, 1)
KEY = ApiKey(
    "a", "k", "u", "ci", "weft_key_ab", "hash", frozenset({Scope.RUNS_READ}), Role.ADMIN, 1
)
SESSION = Session("a", "s", "u", "now", 1, 100, 99, "before")


def test_a_tenant_comes_with_its_owner(store: Any) -> None:
    tenant = Tenant("a", "Acme", 1)
    store.directory.add_tenant(tenant, OWNER)
    assert store.directory.list_tenants() == [tenant]
    assert store.directory.get_tenant("a") == tenant
    assert store.directory.get_user("a", "u") == OWNER
    assert store.directory.list_users("a") == [OWNER]
    with pytest.raises(Conflict):
        store.directory.add_tenant(tenant, OWNER)
    with pytest.raises(NotFound):
        store.directory.get_user("b", "u")


def test_a_key_is_found_by_hash_and_changed_by_its_tenant_only(store: Any) -> None:
    store.directory.add_key(KEY)
    assert store.directory.find_key("hash") == KEY
    assert store.directory.find_key("other") is None
    store.directory.save_key(replace(KEY, tenant_id="b", revoked_at=9))
    assert store.directory.get_key("a", "k") == KEY
    store.directory.save_key(replace(KEY, revoked_at=9))
    assert store.directory.list_keys("a") == [replace(KEY, revoked_at=9)]
    assert store.directory.list_keys("b") == []
    with pytest.raises(NotFound):
        store.directory.get_key("b", "k")


def test_a_session_is_found_by_both_hashes_and_rotates_once(store: Any) -> None:
    store.directory.add_session(SESSION)
    assert store.directory.get_session("a", "s") == SESSION
    assert store.directory.find_session("now") == store.directory.find_session("before") == SESSION
    rotated = replace(SESSION, refresh_hash="next", previous_hash="now")
    assert store.directory.rotate_session(rotated, "now") is True
    assert store.directory.rotate_session(rotated, "now") is False
    with pytest.raises(NotFound):
        store.directory.get_session("b", "s")


def test_a_link_works_once_and_in_time(store: Any) -> None:
    store.directory.add_link(SignInLink("a", "u", "h1", 1, 10))
    store.directory.add_link(SignInLink("a", "u", "h2", 1, 10))
    used = store.directory.use_link("h1", 9)
    assert (used.user_id, used.used_at) == ("u", 9)
    assert store.directory.use_link("h1", 9) is None
    assert store.directory.use_link("h2", 10) is None
    assert store.directory.use_link("none", 1) is None


def test_credentials_are_apart_by_tenant_and_unique_by_name(store: Any) -> None:
    one = Credential("a", "c", "Mail", "smtp", ("mail.example.com",), 1, "u")
    store.credentials.add(one, b"sealed")
    with pytest.raises(Conflict, match="'Mail'"):
        store.credentials.add(replace(one, credential_id="d"), b"")
    store.credentials.add(replace(one, tenant_id="b"), b"other")
    assert store.credentials.get("a", "c") == one
    assert store.credentials.sealed("a", "c") == b"sealed"
    store.credentials.touch("a", "c", 7)
    assert store.credentials.list("a") == [replace(one, last_used_at=7)]
    store.credentials.remove("a", "c")
    with pytest.raises(NotFound):
        store.credentials.remove("a", "c")
    with pytest.raises(NotFound):
        store.credentials.sealed("a", "c")
    assert store.credentials.sealed("b", "c") == b"other"
