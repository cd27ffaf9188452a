"""Which addresses may be called."""

import pytest

from weft.adapters.http.addresses import AddressPolicy
from weft.adapters.http.hosts import host_allowed


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1",
        "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:10.0.0.1",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:4136:e378::1",
        "2001:db8::1", "fec0::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not AddressPolicy().permits(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111"]
)
def test_a_public_address_is_called(address: str) -> None:
    assert AddressPolicy().permits(address)


def test_the_operator_can_allow_a_range_and_nothing_beside_it() -> None:
    policy = AddressPolicy(["10.1.0.0/16", "fd00:1::/32"])
    assert policy.permits("10.1.2.3")
    assert policy.permits("::ffff:10.1.2.3")
    assert policy.permits("fd00:1::5")
    assert not policy.permits("10.2.0.1")
    assert not policy.permits("127.0.0.1")


def test_a_range_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        AddressPolicy(["nonsense"])


@pytest.mark.parametrize(
    ("host", "port", "allowed", "outcome"),
    [
        ("api.example.com", 443, ["api.example.com"], True),
        ("API.Example.com.", 443, ["api.example.com"], True),
        ("api.example.com", 443, ["*.example.com"], True),
        ("a.b.example.com", 443, ["*.example.com"], True),
        ("example.com", 443, ["*.example.com"], False),
        ("evilexample.com", 443, ["*.example.com"], False),
        ("api.example.com.evil.org", 443, ["api.example.com"], False),
        ("localhost", 8080, ["localhost:8080"], True),
        ("localhost", 8081, ["localhost:8080"], False),
        ("anything", 443, [], False),
    ],
)
def test_a_host_is_matched_by_its_whole_name(
    host: str, port: int, allowed: list[str], outcome: bool
) -> None:
    assert host_allowed(host, port, allowed) is outcome
