"""Connections to checked addresses only: the name is resolved once, and that address is used.

A name that answers with a public address when it is checked and with a private one when it is
connected to gains nothing, because there is no second look-up. TLS still proves the name.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from ssl import SSLContext
from typing import Any

import httpcore

from weft.adapters.http.addresses import AddressPolicy
from weft.adapters.http.deadline import Deadline
from weft.domain.errors import StepRefused, TransientStepError

Resolve = Callable[[str, int], Sequence[str]]

# After this the next address of the same name gets its chance (s).
_CONNECT_SECONDS = 10.0


def resolve(host: str, port: int) -> Sequence[str]:
    """Addresses in the system's order of preference. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PinnedNetwork(httpcore.NetworkBackend):
    """For one request with all its redirects."""

    def __init__(self, policy: AddressPolicy, deadline: Deadline, look_up: Resolve) -> None:
        self._policy = policy
        self._deadline = deadline
        self._look_up = look_up
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises `StepRefused` for a name with no address that may be reached."""
        addresses = [a for a in self._addresses(host, port) if self._policy.permits(a)]
        if not addresses:
            raise StepRefused(
                f"{host} is at an address that Weft does not call: private, loopback, link-local "
                "and metadata addresses are refused. The operator can allow ranges"
            )
        for address in addresses[:-1]:
            try:
                return self._connected(address, port)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connected(addresses[-1], port)

    def _connected(self, address: str, port: int) -> httpcore.NetworkStream:
        limit = self._deadline.left(_CONNECT_SECONDS)
        return TimedStream(self._system.connect_tcp(address, port, limit), self._deadline)

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        """The system's resolver knows no time-out, so it is left behind in a thread."""
        found: list[Sequence[str]] = []
        errors: list[OSError | UnicodeError] = []

        def look_up() -> None:
            try:
                found.append(self._look_up(host, port))
            except (OSError, UnicodeError) as error:
                errors.append(error)

        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(self._deadline.left())
        if thread.is_alive():
            raise self._deadline.passed()
        if errors:
            raise TransientStepError(f"the name {host} cannot be resolved: {errors[0]}")
        return found[0]


class TimedStream(httpcore.NetworkStream):
    """Gives each read and write no more than what is left of the total."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """See httpcore."""
        return self._inner.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """See httpcore."""
        self._inner.write(buffer, self._deadline.left())

    def close(self) -> None:
        """See httpcore."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """See httpcore."""
        left = self._deadline.left()
        return TimedStream(
            self._inner.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        """See httpcore."""
        return self._inner.get_extra_info(info)
