"""Which addresses outgoing calls may reach: public ones, and what the operator allows."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

# Public by number, but cloud providers' own services for the machine: Azure's wire server.
_NEVER_V4 = frozenset({IPv4Address("168.63.129.16")})
_REFUSED_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Only what IANA has given out as global unicast; below it lie loopback, IPv4-mapped and
# -translated addresses and NAT64 (64:ff9b::/96), above it private, link-local and multicast.
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID and other protocols
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",
    )
)


class AddressPolicy:
    """`allow` are CIDR ranges the operator trusts authors to reach."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        """Raises `ValueError` naming a range that is none."""
        self._allowed = tuple(ip_network(text, strict=False) for text in allow)

    def permits(self, text: str) -> bool:
        """Whether a connection to this address may be made."""
        address = ip_address(text.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            # The same host as the plain address, by another spelling.
            address = address.ipv4_mapped
        if any(address in network for network in self._allowed):
            return True
        if isinstance(address, IPv4Address):
            return address not in _NEVER_V4 and not any(address in net for net in _REFUSED_V4)
        return address in _GLOBAL_V6 and not any(address in net for net in _REFUSED_V6)
