"""Content negotiation and client limits, by hand-worked cases."""

import pytest
from starlette.requests import Request

from openquality_registry.http.limits import MAX_CLIENTS, Buckets
from openquality_registry.http.requests import accepts
from openquality_registry.problems import Refused

OFFERED = ("application/vc+jwt", "application/json")


def request(accept: str | None) -> Request:
    headers = [] if accept is None else [(b"accept", accept.encode("latin-1"))]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, OFFERED[0]),
        ("", OFFERED[0]),
        ("*/*", OFFERED[0]),
        ("application/*", OFFERED[0]),
        ("APPLICATION/JSON", OFFERED[1]),
        ("application/json;q=0.9, application/vc+jwt;q=0.8", OFFERED[1]),
        # RFC 9110, 12.5.1: the most specific range counts, not the first or the widest.
        ("*/*;q=0.9, application/vc+jwt;q=0.1", OFFERED[1]),
        ("application/vc+jwt;q=0, */*", OFFERED[1]),
        ("application/json;charset=utf-8;q=0.5", OFFERED[1]),
        ("application/json;q=nonsense", OFFERED[1]),
        ("text/html;q=1, application/*;q=0.1", OFFERED[0]),
    ],
)
def test_the_form_that_the_client_likes_best(accept: str | None, chosen: str) -> None:
    assert accepts(request(accept), OFFERED) == chosen


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "nonsense", ","])
def test_no_form_that_the_client_accepts(accept: str) -> None:
    with pytest.raises(Refused, match="not-acceptable"):
        accepts(request(accept), OFFERED)


class Clock:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_client_may_send_a_burst_and_then_the_rate() -> None:
    clock = Clock()
    buckets = Buckets(rate=2, burst=3, now=clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1]
    clock.seconds += 0.5  # one new token at two a second
    assert [buckets.take("a") for _ in range(2)] == [0, 1]
    clock.seconds += 1_000  # never more than the burst
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1]


def test_a_slow_rate_says_how_long_to_wait() -> None:
    buckets = Buckets(rate=0.1, burst=1, now=Clock())
    assert [buckets.take("a"), buckets.take("a")] == [0, 10]


def test_clients_have_buckets_of_their_own() -> None:
    buckets = Buckets(rate=1, burst=1, now=Clock())
    assert [buckets.take(client) for client in "abab"] == [0, 0, 1, 1]


def test_rate_zero_is_no_limit() -> None:
    buckets = Buckets(rate=0, burst=1, now=Clock())
    assert {buckets.take("a") for _ in range(100)} == {0}


def test_the_clients_that_are_remembered_are_bounded() -> None:
    buckets = Buckets(rate=1, burst=1, now=Clock())
    for number in range(MAX_CLIENTS + 10):
        buckets.take(str(number))
    assert len(buckets._buckets) == MAX_CLIENTS
    assert buckets.take(str(MAX_CLIENTS)) == 1  # still remembered


def test_a_client_is_told_of_its_limit_as_the_ietf_draft_writes_it() -> None:
    # draft-ietf-httpapi-ratelimit-headers-10: q, w of the policy; r, t of what is left.
    clock = Clock()
    buckets = Buckets(rate=2, burst=6, now=clock)
    assert buckets.fields("a") == (
        ("ratelimit-policy", '"requests";q=6;w=3'),
        ("ratelimit", '"requests";r=6;t=0'),
    )
    for _ in range(4):
        buckets.take("a")
    assert dict(buckets.fields("a"))["ratelimit"] == '"requests";r=2;t=2'
    assert dict(buckets.fields("b"))["ratelimit"] == '"requests";r=6;t=0'
    assert Buckets(rate=0, burst=1, now=clock).fields("a") == ()
