"""Receivers that answer badly, or lead inside, cost little and learn nothing."""

import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from loopback_web import HOST, PUBLIC, Answer, Names, Network, Web, client_tls, says, web

from openquality import signing
from openquality_registry.events.event import Event, Told
from openquality_registry.fetching import Fetcher, FetchRefused
from openquality_registry.webhooks import pauses, receiver
from openquality_registry.webhooks.receiver import Attempt, NotAgreed, Receivers

URL = f"https://{HOST}/events"
TOLD = Told(7, Event("data.late", "key", "mpn:1", "", "2026-11-21T00:00:00.000Z"))
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
AGREED = ("WebHook-Allowed-Origin: *",)


@dataclass
class SetClock:
    def now(self) -> datetime:
        return NOW


def receivers_at(server: Web, *names: Iterable[str]) -> tuple[Receivers, Network]:
    """Lead one address after the other to a server on loopback."""
    network = Network(server.port)
    fetcher = Fetcher(resolve=Names(*(names or ((PUBLIC,),))), network=network, tls=client_tls())
    made = Receivers(
        fetcher, signing.generate(), SetClock(), name="registry.example", origin="registry.example"
    )
    return made, network


def attempt(answer: Answer) -> Attempt:
    with web(answer) as server:
        return receivers_at(server)[0].bring(URL, TOLD)


def test_a_name_that_leads_inside_after_it_agreed_is_brought_nothing() -> None:
    # DNS rebinding: public when it was asked, loopback when the event is due.
    with web(says(headers=AGREED)) as server:
        made, network = receivers_at(server, (PUBLIC,), ("127.0.0.1",), ("::ffff:10.0.0.1",))
        made.agree(URL)
        assert [(PUBLIC, 443)] == network.asked
        for _ in range(2):
            found = made.bring(URL, TOLD)
            assert "not a public address" in found.problem
            assert not found.gone
        assert [(PUBLIC, 443)] == network.asked
        assert server.connections == 1


def test_the_name_is_asked_once_for_each_request() -> None:
    # The address that was checked is the one that is connected to.
    with web(says(status="204 No Content", headers=())) as server:
        made, network = receivers_at(server, (PUBLIC,), ("10.0.0.1",))
        assert made.bring(URL, TOLD) == Attempt()
        assert [(PUBLIC, 443)] == network.asked


def test_an_answer_without_end_is_read_only_so_far() -> None:
    sent = 0

    def endless(_: bytes, connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            connection.sendall(b"a" * 65_536)
            sent += 65_536

    found = attempt(endless)
    assert "longer than" in found.problem
    # What fits into the system's buffers was sent, and no gigabyte.
    assert sent < 50_000_000


@pytest.mark.parametrize(
    "answer",
    [
        lambda _, __: time.sleep(30),
        lambda _, connection: [(connection.sendall(b" "), time.sleep(0.02)) for _ in range(1_500)],
    ],
    ids=["silent", "dripping"],
)
def test_a_receiver_that_takes_its_time_has_only_so_much(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "SECONDS", 0.3)
    begun = time.monotonic()
    assert attempt(answer).problem
    assert time.monotonic() - begun < 15


def test_a_compressed_or_broken_answer_is_a_failure_and_no_more() -> None:
    for answer in (
        says(b"x", headers=("Content-Encoding: gzip",)),
        lambda _, connection: connection.sendall(b"nonsense\r\n\r\n"),
        lambda _, connection: connection.close(),
    ):
        assert attempt(answer).problem


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted", "204 No Content"])
def test_what_was_taken_has_arrived(status: str) -> None:
    assert attempt(says(b"", status=status, headers=())) == Attempt()


@pytest.mark.parametrize("status", ["302 Found", "307 Moved", "308 Moved"])
def test_a_redirect_is_not_followed(status: str) -> None:
    with web(says(b"", status=status, headers=("Location: /elsewhere",))) as server:
        found = receivers_at(server)[0].bring(URL, TOLD)
        assert "redirected" in found.problem
        assert server.connections == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("400 Bad", Attempt("The receiver answered 400.")),
        ("415 What", Attempt("The receiver answered 415.")),
        ("500 Failed", Attempt("The receiver answered 500.")),
        ("410 Gone", Attempt("The receiver answered 410.", gone=True)),
    ],
)
def test_what_was_not_taken_is_told_by_its_status_alone(status: str, expected: Attempt) -> None:
    assert attempt(says(b"the secret of another service", status=status)) == expected


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Sat, 21 Nov 2026 10:00:00 GMT", timedelta(hours=1)),
        ("Sat, 21 Nov 2026 08:00:00 GMT", timedelta(hours=-1)),
        ("9" * 50, timedelta(seconds=10**8)),
        ("soon", timedelta(0)),
        ("-5", timedelta(0)),
        ("", timedelta(0)),
    ],
)
def test_who_asks_to_be_left_alone_says_how_long(text: str, wait: timedelta) -> None:
    for status in ("429 Slow", "503 Busy"):
        answer = says(b"", status=status, headers=(f"Retry-After: {text}",))
        assert attempt(answer).wait == wait
    assert attempt(says(b"", status="500 No", headers=("Retry-After: 9",))).wait == timedelta(0)


def test_the_handshake_asks_and_takes_a_name_or_everybody() -> None:
    for allowed in ("*", "registry.example", "Registry.Example"):
        with web(says(b"", headers=(f"WebHook-Allowed-Origin: {allowed}",))) as server:
            receivers_at(server)[0].agree(URL)
        head = server.heads[0].decode()
        assert head.startswith("OPTIONS /events HTTP/1.1\r\n")
        assert "\r\nwebhook-request-origin: registry.example\r\n" in head.lower()
    with web(says(b"", headers=("Allow: OPTIONS, POST",))) as server, pytest.raises(NotAgreed):
        receivers_at(server)[0].agree(URL)
    moved = says(b"", status="302 Found", headers=("Location: /x", *AGREED))
    with web(moved) as server, pytest.raises(FetchRefused):
        receivers_at(server)[0].agree(URL)


# --- pauses -------------------------------------------------------------------------------------


def test_pauses_grow_and_spread_and_end_after_days() -> None:
    found = [pauses.pause("0123456789abcdef", failures) for failures in range(1, 15)]
    for base, pause in zip([*pauses.PAUSES, *[pauses.PAUSES[-1]] * 5], found, strict=True):
        assert base <= pause <= base * 1.2
    assert found[:9] == sorted(found[:9])
    # The schedule that Standard Webhooks gives as an example spans 75 hours in ten attempts.
    assert timedelta(days=2) < sum(pauses.PAUSES, timedelta(0)) < timedelta(days=4)
    assert timedelta(days=1) < pauses.GIVE_UP < timedelta(days=7)


def test_pauses_of_two_subscriptions_differ_and_are_the_same_each_time() -> None:
    one, other = (pauses.pause(name * 16, 3) for name in "ab")
    assert one != other
    assert one == pauses.pause("a" * 16, 3)


def test_what_a_receiver_asks_for_makes_a_pause_longer_and_never_shorter() -> None:
    usual = pauses.pause("a" * 16, 1)
    assert pauses.pause("a" * 16, 1, asked=timedelta(seconds=-9)) == usual
    assert pauses.pause("a" * 16, 1, asked=timedelta(hours=2)) == timedelta(hours=2)
    assert pauses.pause("a" * 16, 1, asked=timedelta(days=900)) == timedelta(days=1)
