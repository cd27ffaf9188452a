"""The guarded client over real sockets."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from weft.adapters.http.client import GuardedHttpClient
from weft.domain.errors import PermanentStepError, StepRefused, TransientStepError

if TYPE_CHECKING:
    from tests.adapters.conftest import Server


@dataclass
class Answer:
    """What a server is to answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


HERE = ("127.0.0.0/8",)


def client(
    allow: Sequence[str] = HERE, names: dict[str, list[str]] | None = None
) -> GuardedHttpClient:
    """Knows only the names given; each look-up of a name takes the next of its answers."""
    known = {name: iter(found) for name, found in (names or {}).items()}

    def look_up(host: str, port: int) -> Sequence[str]:
        return [next(known[host])] if host in known else [host]

    return GuardedHttpClient(allow=allow, look_up=look_up)


def test_a_request_arrives_as_it_was_meant(server: "Server") -> None:
    server.respond = lambda asked: Answer(201, b'{"ok": true}', {"X-Kind": "Test"})
    reply = client().request(
        "post",
        f"{server.url}/path?a=1",
        headers={"X-Mine": "yes"},
        query={"b": ["2", "3"], "c": "ä"},
        json={"n": 1},
        auth=("user", "pass"),
    )
    assert (reply.status, reply.json(), reply.headers["x-kind"]) == (201, {"ok": True}, "Test")
    [asked] = server.asked
    assert (asked.method, asked.path) == ("POST", "/path?a=1&b=2&b=3&c=%C3%A4")
    assert asked.body == b'{"n":1}'
    assert asked.headers["x-mine"] == "yes"
    assert asked.headers["host"] == f"127.0.0.1:{server.port}"
    assert asked.headers["authorization"] == "Basic dXNlcjpwYXNz"


def test_loopback_is_refused_unless_the_operator_allows_it(server: "Server") -> None:
    with pytest.raises(StepRefused, match="private, loopback"):
        client(allow=()).request("GET", server.url)
    assert server.asked == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::ffff:7f00:1]"])
def test_other_spellings_of_loopback_are_refused_too(server: "Server", host: str) -> None:
    with pytest.raises((StepRefused, PermanentStepError, TransientStepError)):
        GuardedHttpClient().request("GET", f"http://{host}:{server.port}/")
    assert server.asked == []


def test_a_name_that_turns_private_after_the_check_gains_nothing(server: "Server") -> None:
    """The name is looked up once; the connection goes to the address that was checked."""
    looked_up: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return ["127.0.0.2" if len(looked_up) == 1 else "127.0.0.1"]

    # 127.0.0.2 plays the public address; nobody listens there.
    guarded = GuardedHttpClient(allow=["127.0.0.2/32"], look_up=rebinding)
    url = f"http://rebind.test:{server.port}/"
    with pytest.raises(TransientStepError):
        guarded.request("GET", url)
    with pytest.raises(StepRefused):
        guarded.request("GET", url)
    assert looked_up == ["rebind.test", "rebind.test"]
    assert server.asked == []


def test_the_name_is_sent_though_its_address_is_connected_to(server: "Server") -> None:
    client(names={"a.test": ["127.0.0.1"]}).request("GET", f"http://a.test:{server.port}/")
    assert server.asked[0].headers["host"] == f"a.test:{server.port}"


def test_a_refused_address_beside_a_permitted_one_is_left_out(server: "Server") -> None:
    guarded = GuardedHttpClient(allow=HERE, look_up=lambda host, port: ["::1", "127.0.0.1"])
    assert guarded.request("GET", f"http://both.test:{server.port}/").status == 200


def test_a_redirect_to_a_refused_address_is_not_followed(servers: "Callable[[], Server]") -> None:
    first, second = servers(), servers()
    first.respond = lambda asked: Answer(302, headers={"Location": f"http://in.test:{second.port}"})
    guarded = client(
        allow=["127.0.0.1/32"], names={"out.test": ["127.0.0.1"], "in.test": ["10.0.0.1"]}
    )
    with pytest.raises(StepRefused):
        guarded.request("GET", f"http://out.test:{first.port}/")
    assert second.asked == []


def test_a_redirect_to_another_host_gets_no_keys_of_any_name(
    servers: "Callable[[], Server]",
) -> None:
    first, second = servers(), servers()
    first.respond = lambda asked: Answer(307, headers={"Location": f"{second.url}/there"})
    keys = {"Authorization": "Bearer 1", "Cookie": "a=b", "X-Api-Key": "k", "Accept": "text/x"}
    reply = client().request("GET", first.url, headers=keys)
    assert reply.url == f"{second.url}/there"
    [asked] = second.asked
    assert not {"authorization", "cookie", "x-api-key"} & asked.headers.keys()
    assert asked.headers["accept"] == "text/x"


def test_a_redirect_on_the_same_host_keeps_its_headers(server: "Server") -> None:
    server.respond = lambda asked: (
        Answer(302, headers={"Location": "/b"}) if asked.path == "/a" else Answer()
    )
    client().request("POST", f"{server.url}/a", headers={"Authorization": "x"}, body=b"data")
    assert [(a.method, a.body) for a in server.asked] == [("POST", b"data"), ("GET", b"")]
    assert server.asked[1].headers["authorization"] == "x"


def test_endless_redirects_end(server: "Server") -> None:
    server.respond = lambda asked: Answer(302, headers={"Location": "/again"})
    with pytest.raises(PermanentStepError, match="more than 10 redirects"):
        client().request("GET", server.url)


def test_redirects_are_shown_when_they_are_not_to_be_followed(server: "Server") -> None:
    server.respond = lambda asked: Answer(302, headers={"Location": "/b"})
    reply = client().request("GET", server.url, follow_redirects=False)
    assert (reply.status, reply.headers["location"]) == (302, "/b")


def test_a_credential_goes_to_its_hosts_only(server: "Server") -> None:
    guarded = client(names={"evil.test": ["127.0.0.1"]})
    with pytest.raises(StepRefused, match="allowed hosts"):
        guarded.request("GET", f"http://evil.test:{server.port}", allowed_hosts=["good.test"])
    assert server.asked == []


def test_a_credential_does_not_follow_a_redirect_off_its_hosts(
    servers: "Callable[[], Server]",
) -> None:
    first, second = servers(), servers()
    first.respond = lambda asked: Answer(307, headers={"Location": second.url})
    with pytest.raises(StepRefused):
        client().request(
            "POST", first.url, body=b"secret", allowed_hosts=[f"127.0.0.1:{first.port}"]
        )
    assert second.asked == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.test/", "gopher://a.test", "//a"])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(StepRefused, match="only http"):
        client().request("GET", url)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://user:pass@a.test/", {}),
        ("http://", {}),
        ("http://a.test:99999/", {}),
        ("http://a.test/", {"Host": "b.test"}),
        ("http://a.test/", {"Transfer-Encoding": "chunked"}),
        ("http://a.test/", {"X-Ä": "y"}),
    ],
)
def test_nonsense_is_an_error_that_no_retry_mends(url: str, headers: dict[str, str]) -> None:
    with pytest.raises(PermanentStepError):
        client().request("GET", url, headers=headers)


def test_a_header_cannot_smuggle_a_second_one(server: "Server") -> None:
    with pytest.raises(PermanentStepError):
        client().request("GET", server.url, headers={"X": "a\r\nY: b"})
    assert server.asked == []


def test_a_body_over_the_limit_is_refused_also_when_it_was_packed(server: "Server") -> None:
    packed = gzip.compress(b"x" * 2_000_000)
    server.respond = lambda asked: Answer(200, packed, {"Content-Encoding": "gzip"})
    assert len(client().request("GET", server.url).body) == 2_000_000
    with pytest.raises(PermanentStepError, match="over 100,000 bytes"):
        client().request("GET", server.url, max_bytes=100_000)


def test_a_server_that_drips_cannot_stretch_the_total_time() -> None:
    """Each byte comes within any time-out per read; the total is what counts."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            while not done.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    with listener, pytest.raises(TransientStepError, match=r"within 0\.4 s"):
        client().request("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.4)
    done.set()
    thread.join(5)


def test_a_resolver_that_hangs_counts_too() -> None:
    release = threading.Event()

    def hanging(host: str, port: int) -> Sequence[str]:
        release.wait(10)
        return ["127.0.0.1"]

    began = time.monotonic()
    with pytest.raises(TransientStepError, match="no complete answer"):
        GuardedHttpClient(look_up=hanging).request("GET", "http://slow.test/", timeout=0.2)
    release.set()
    assert time.monotonic() - began < 9


def test_a_name_without_an_address_may_have_one_later() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(TransientStepError, match=r"no\.test cannot be resolved"):
        GuardedHttpClient(look_up=unknown).request("GET", "http://no.test/")


def test_a_closed_port_and_a_broken_answer_may_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.close()

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        with pytest.raises(TransientStepError, match="broke"):
            client().request("GET", f"http://127.0.0.1:{port}/")
        thread.join(5)
    with pytest.raises(TransientStepError, match="no connection"):
        client().request("GET", f"http://127.0.0.1:{port}/")


def test_proxies_of_the_environment_are_not_used(
    server: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert client().request("GET", server.url).status == 200


def test_a_certificate_must_be_of_the_name_and_from_someone_trusted(
    tls_server: tuple[int, ssl.SSLContext],
) -> None:
    port, trusting = tls_server
    names = {"good.test": ["127.0.0.1"] * 2, "other.test": ["127.0.0.1"]}
    known = {name: iter(found) for name, found in names.items()}

    def look_up(host: str, port: int) -> Sequence[str]:
        return [next(known[host])]

    trusted = GuardedHttpClient(allow=HERE, look_up=look_up, context=lambda: trusting)
    assert trusted.request("GET", f"https://good.test:{port}/").text == "over tls"
    with pytest.raises(PermanentStepError, match="certificate"):
        trusted.request("GET", f"https://other.test:{port}/")
    with pytest.raises(PermanentStepError, match="certificate"):
        GuardedHttpClient(allow=HERE, look_up=look_up).request("GET", f"https://good.test:{port}/")
