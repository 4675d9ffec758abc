"""Outgoing requests: only to public addresses, only what was asked for, never for long."""

import gzip
import socket
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_web import HOST, PUBLIC, Answer, Names, Network, Web, client_tls, says, web

from openquality_registry.fetching import (
    Fetched,
    Fetcher,
    FetchError,
    FetchFailed,
    FetchRefused,
    addresses,
    fetcher,
)

URL = f"https://{HOST}/did.json"
JSON = ("application/json",)

LOOPBACK = ("127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "::")  # noqa: S104 - refused below
METADATA = ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
EMBEDDED = (
    "::ffff:127.0.0.1",  # RFC 4291, section 2.5.5.2
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "::127.0.0.1",  # section 2.5.5.1
    "2002:7f00:1::",  # 6to4, RFC 3056
    "2002:a9fe:a9fe::1",
    "64:ff9b::127.0.0.1",  # NAT64, RFC 6052
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8",  # RFC 8215: local use
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo, RFC 4380
    "2001:470::5efe:127.0.0.1",  # ISATAP, RFC 5214
    "2001:470::200:5efe:10.0.0.1",
)
SPECIAL = (
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "fc00::1",
    "fdff::1",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "203.0.113.9",
    "2001:db8::1",
    "3fff::1",
    "224.0.0.1",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
    "4000::1",
    "no address",
)


def fetch_from(
    server: Web, *answers: tuple[str, ...], names: Names | None = None
) -> tuple[Fetcher, Network]:
    network = Network(server.port)
    resolve = names or Names(*(answers or ((PUBLIC,),)))
    return Fetcher(resolve=resolve, network=network, tls=client_tls()), network


def refused(answer: Answer, **options: object) -> str:
    """Return why the answer to a GET is refused."""
    with web(answer) as server, pytest.raises(FetchRefused) as caught:
        fetch_from(server)[0].get(URL, **options)  # type: ignore[arg-type]  # as `get` has them
    return caught.value.problem


# --- where it goes ---------------------------------------------------------------------------


def test_a_document_is_fetched_from_the_address_that_was_checked() -> None:
    with web(says(b'{"id":1}', headers=("Content-Type: application/JSON; a=b",))) as server:
        fetch, network = fetch_from(server)
        assert fetch.get(f"{URL}?v=1", accept=JSON) == Fetched(
            f"{URL}?v=1", 200, "application/json", b'{"id":1}'
        )
    assert [(PUBLIC, 443)] == network.asked
    assert [HOST] == server.names  # SNI; the certificate was checked against it
    head = server.heads[0].decode()
    assert head.startswith("GET /did.json?v=1 HTTP/1.1\r\n")
    assert f"\r\nHost: {HOST}\r\n" in head
    assert "\r\nAccept-Encoding: identity\r\n" in head


@pytest.mark.parametrize("address", [*LOOPBACK, *METADATA, *EMBEDDED, *SPECIAL])
def test_a_name_that_leads_inside_is_refused_before_any_connection(address: str) -> None:
    with web(says()) as server:
        fetch, network = fetch_from(server, (address,))
        with pytest.raises(FetchRefused, match="not a public address"):
            fetch.get(URL)
        assert [] == network.asked
        assert server.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost"])
def test_loopback_is_not_reached_by_any_of_its_spellings(host: str) -> None:
    # With the system's own name service and network, and a server that listens there.
    with web(says()) as server:
        with pytest.raises(FetchError):
            Fetcher(tls=client_tls()).get(f"https://{host}:{server.port}/")
        assert server.connections == 0


def test_one_address_inside_spoils_those_outside() -> None:
    with web(says()) as server:
        fetch, network = fetch_from(server, (PUBLIC, "10.0.0.1"))
        with pytest.raises(FetchRefused, match=r"10\.0\.0\.1"):
            fetch.get(URL)
        assert [] == network.asked


def test_a_name_that_changes_its_mind_is_asked_once_for_each_fetch() -> None:
    # DNS rebinding: a public address for the check, an inner one for the connection.
    names = Names((PUBLIC,), ("127.0.0.1",))
    with web(says(status="301 Moved", headers=("Location: /elsewhere",))) as server:
        fetch, network = fetch_from(server, names=names)
        with pytest.raises(FetchRefused, match="more than 3"):
            fetch.get(URL)
        assert [HOST] == names.asked
        assert {(PUBLIC, 443)} == set(network.asked)
        with pytest.raises(FetchRefused, match=r"127\.0\.0\.1"):
            fetch.get(URL)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert addresses.is_public(ip_address(address))


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6, network="2000::/3"))
def test_nothing_is_public_that_python_knows_to_be_special(address: addresses.Address) -> None:
    if addresses.is_public(address):
        assert address.is_global
        assert not address.is_multicast


def test_a_second_address_is_tried_when_the_first_is_closed() -> None:
    with web(says()) as server:
        network = Network(server.port, closed=("2606:4700::1",))
        resolve = Names(("2606:4700::1", PUBLIC))
        fetch = Fetcher(resolve=resolve, network=network, tls=client_tls())
        assert fetch.get(URL).status == 200
        assert [("2606:4700::1", 443), (PUBLIC, 443)] == network.asked


def test_a_certificate_for_another_name_is_no_answer() -> None:
    with web(says()) as server, pytest.raises(FetchFailed, match=r"[Cc]ertificate"):
        fetch_from(server)[0].get("https://other.example/")


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/",
        f"ftp://{HOST}/",
        f"file:///{HOST}",
        "//maker.example/",
        "maker.example",
        "https:///path",
        "https://",
        f"https://user@{HOST}/",
        f"https://user:word@{HOST}/",
        f"https://{HOST}/#part",
        f"https://{HOST}:22/",
        f"https://{HOST}:80/",
        f"https://{HOST}:0/",
        f"https://{HOST}:99999/",
        f"https://{HOST}:x/",
        f"https://{HOST}\\@evil.example/",
        f"https://{HOST}/a b",
        f"https://{HOST}/\r\nX: y",
        f"https://{HOST}/\x00",
        "https://mäker.example/",
        f"https://{HOST}%2eevil.example/",
        f"https://{HOST}/" + "a" * 2_048,
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(url: str) -> None:
    with web(says()) as server:
        fetch, network = fetch_from(server)
        with pytest.raises(FetchRefused):
            fetch.get(url)
        assert [] == network.asked


# --- redirects -------------------------------------------------------------------------------


def moved(location: str, status: str = "302 Found") -> Answer:
    return says(status=status, headers=(f"Location: {location}",))


@pytest.mark.parametrize(
    "location",
    [
        "https://other.example/did.json",
        "//other.example/did.json",
        f"https://{HOST}:8443/did.json",
        f"http://{HOST}/did.json",
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/",
        "file:///etc/passwd",
        f"https://user@{HOST}/",
        "https://[",
    ],
)
def test_a_redirect_to_another_origin_is_refused(location: str) -> None:
    with web(moved(location)) as server:
        fetch, _ = fetch_from(server)
        with pytest.raises(FetchRefused):
            fetch.get(URL)
        assert server.connections == 1


def test_a_redirect_within_the_origin_is_followed() -> None:
    def answer(head: bytes, connection: socket.socket) -> None:
        found = b" /new " in head
        (says(b"[]") if found else moved("/new", "308 Moved"))(head, connection)

    with web(answer) as server:
        assert fetch_from(server)[0].get(URL) == Fetched(
            f"https://{HOST}/new", 200, "application/json", b"[]"
        )


def test_a_post_is_never_redirected() -> None:
    with web(moved("/elsewhere", "307 Moved")) as server:
        fetch, _ = fetch_from(server)
        with pytest.raises(FetchRefused, match="redirected"):
            fetch.post(URL, b"body", content_type="text/plain")
        assert server.connections == 1


# --- what comes back -------------------------------------------------------------------------


def endless(chunk: bytes = b"a" * 65_536) -> Answer:
    def answer(_: bytes, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")

    return answer


def test_a_body_without_end_is_refused_at_its_limit() -> None:
    assert refused(endless(), max_bytes=100_000) == "its body is longer than 100,000 bytes"


def test_a_long_body_is_refused_and_one_at_the_limit_is_not() -> None:
    assert "longer" in refused(says(b"a" * 1_001), max_bytes=1_000)
    with web(says(b"a" * 1_000)) as server:
        assert len(fetch_from(server)[0].get(URL, max_bytes=1_000).body) == 1_000


def test_a_compressed_body_is_refused_unread() -> None:
    bomb = gzip.compress(bytes(50_000_000), 1)
    assert "compressed" in refused(says(bomb, headers=("Content-Encoding: gzip",)))


def test_another_media_type_is_refused() -> None:
    html = says(b"<p>", headers=("Content-Type: text/html",))
    assert "text/html" in refused(html, accept=JSON)
    assert "(none)" in refused(says(b"<p>", headers=()), accept=JSON)


@pytest.mark.parametrize("status", [404, 409, 500])
def test_another_status_is_given_back_for_the_caller_to_judge(status: int) -> None:
    with web(says(b"7\n", status=f"{status} No", headers=("Content-Type: a/b",))) as server:
        answer = fetch_from(server)[0].post(URL, b"x", content_type="text/plain", accept=JSON)
    assert (status, "a/b", b"7\n") == (answer.status, answer.content_type, answer.body)
    assert server.heads[0].endswith(b"\r\n\r\nx") or b"Content-Length: 1" in server.heads[0]


@pytest.mark.parametrize(
    "whole",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"],
    ids=["nothing", "nonsense", "cut"],
)
def test_an_answer_that_is_none_has_failed(whole: bytes) -> None:
    answer: Answer = lambda _, connection: connection.sendall(whole)  # noqa: E731 - a short one
    with web(answer) as server, pytest.raises(FetchFailed):
        fetch_from(server)[0].get(URL)


# --- how long it takes -----------------------------------------------------------------------


def drip(head: bytes) -> Answer:
    def answer(_: bytes, connection: socket.socket) -> None:
        for byte in head + b" " * 150:
            connection.sendall(bytes((byte,)))
            time.sleep(0.02)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        drip(b""),
        drip(b"HTTP/1.1 200 OK\r\nX-Long: "),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 150\r\n\r\n"),
        lambda _, __: time.sleep(5),
    ],
    ids=["dripping-blanks", "dripping-head", "dripping-body", "silent"],
)
def test_a_slow_answer_ends_in_time(answer: Answer) -> None:
    with web(answer) as server:
        begun = time.monotonic()
        with pytest.raises(FetchFailed, match=r"0\.3 seconds|no answer"):
            fetch_from(server)[0].get(URL, seconds=0.3)
        assert time.monotonic() - begun < 2


def test_a_handshake_that_never_ends_ends_in_time() -> None:
    # A server that does not speak TLS, and does not hang up.
    with web(says(), tls=False) as server, socket.create_server(("127.0.0.1", 0)) as silent:
        network = Network(silent.getsockname()[1])
        fetch = Fetcher(resolve=Names((PUBLIC,)), network=network, tls=client_tls())
        with pytest.raises(FetchFailed, match=r"0\.3 seconds"):
            fetch.get(URL, seconds=0.3)
        assert server.connections == 0


def test_a_name_service_that_hangs_ends_in_time() -> None:
    awake = threading.Event()
    fetch = Fetcher(resolve=lambda _, __: awake.wait(10) and (), tls=client_tls())
    with pytest.raises(FetchFailed, match=r"0\.2 seconds"):
        fetch.get(URL, seconds=0.2)
    awake.set()


def test_a_name_that_leads_nowhere_has_failed() -> None:
    def nowhere(_: str, __: int) -> tuple[str, ...]:
        raise socket.gaierror(-2, "Name or service not known")

    for resolve in (nowhere, Names(())):
        with pytest.raises(FetchFailed, match="leads nowhere"):
            Fetcher(resolve=resolve, tls=client_tls()).get(URL)


def test_only_so_many_fetches_go_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "MAX_AT_ONCE", 1)
    held, free = threading.Event(), threading.Event()

    def hold(_: bytes, connection: socket.socket) -> None:
        held.set()
        free.wait(5)
        says()(b"", connection)

    with web(hold) as server:
        fetch, _ = fetch_from(server)
        first = threading.Thread(target=fetch.get, args=(URL,))
        first.start()
        assert held.wait(5)
        with pytest.raises(FetchFailed, match="too many"):
            fetch.get(f"{URL}?2", seconds=0.1)
        free.set()
        first.join()
        assert server.connections == 1


# --- what it does not bring along ------------------------------------------------------------


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with web(says(), tls=False) as proxy, web(says()) as server:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert fetch_from(server)[0].get(URL).status == 200
        assert proxy.connections == 0


def test_no_cookie_is_kept() -> None:
    with web(says(headers=("Set-Cookie: a=b",))) as server:
        fetch, _ = fetch_from(server)
        fetch.get(URL, max_age=0)
        fetch.get(URL, max_age=0)
    assert len(server.heads) == 2
    assert all(b"cookie" not in head.lower() for head in server.heads)


# --- memory ----------------------------------------------------------------------------------


def clocked(server: Web, clock: Callable[[], float]) -> Fetcher:
    return Fetcher(
        resolve=Names((PUBLIC,)), network=Network(server.port), tls=client_tls(), clock=clock
    )


def test_a_document_is_remembered_for_a_while() -> None:
    now = [0.0]
    with web(says()) as server:
        fetch = clocked(server, lambda: now[0])
        for now[0], connections in ((0.0, 1), (59.9, 1), (60.0, 2)):
            fetch.get(URL)
            assert connections == server.connections
        fetch.get(URL, max_age=0)
        fetch.get(URL, accept=JSON)
        assert server.connections == 4


def test_what_is_no_document_is_not_remembered() -> None:
    with web(says(status="404 Not Found")) as server:
        fetch = clocked(server, lambda: 0.0)
        fetch.get(URL)
        fetch.get(URL)
        assert server.connections == 2


def test_memory_is_bounded_and_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "MAX_CACHE", 5_000)
    with web(says(b"a" * 1_500)) as server:
        fetch = clocked(server, lambda: 0.0)
        for query in "123":
            fetch.get(f"{URL}?{query}")
        fetch.get(f"{URL}?3")
        assert server.connections == 3
        fetch.get(f"{URL}?1")
        assert server.connections == 4


# --- what an operator allows by hand ---------------------------------------------------------


def test_an_origin_that_the_operator_configured_is_reached_and_no_other() -> None:
    with web(says(), tls=False) as witness, web(says(), tls=False) as other:
        fetch = Fetcher(allowed=(f"http://127.0.0.1:{witness.port}/prefix",))
        assert fetch.get(f"http://127.0.0.1:{witness.port}/add-checkpoint").status == 200
        for url in (f"http://127.0.0.1:{other.port}/", f"http://localhost:{witness.port}/"):
            with pytest.raises(FetchRefused):
                fetch.get(url)
        with pytest.raises(FetchRefused):
            Fetcher().get(f"http://127.0.0.1:{witness.port}/")
        assert (1, 0) == (witness.connections, other.connections)


def test_an_allowed_origin_leads_nowhere_else() -> None:
    with web(says(), tls=False) as inner:
        there = moved(f"http://127.0.0.1:{inner.port}/")
        with web(there, tls=False) as witness:
            fetch = Fetcher(allowed=(f"http://127.0.0.1:{witness.port}",))
            with pytest.raises(FetchRefused):
                fetch.get(f"http://127.0.0.1:{witness.port}/")
        assert inner.connections == 0
