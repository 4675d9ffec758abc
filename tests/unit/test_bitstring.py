"""Bitstrings of W3C Bitstring Status List v1.0, against its example and a reading by hand."""

import base64
import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openquality_registry.places import head, lists_of
from openquality_validator.errors import StatusError
from openquality_validator.status import State, bitstring
from openquality_validator.status.bitstring import SIZE, Bitstring, Purpose

PAGE = (Path(__file__).parents[2] / "docs/spec/status.md").read_text(encoding="utf-8")
# Recommendation of 15 May 2025, example 3: a list of the least size in which nothing is set.
EXAMPLE = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"

PLACES = st.frozensets(st.integers(0, SIZE - 1), max_size=40) | st.just(frozenset([0, SIZE - 1]))


def by_hand(text: str) -> frozenset[int]:
    """Read an encodedList with gzip and base64 alone: which places are set, from the left."""
    packed = base64.b64decode(text[1:].replace("-", "+").replace("_", "/") + "===")
    number = int.from_bytes(gzip.decompress(packed))
    written = f"{number:b}".zfill(SIZE)
    assert (text[0], len(written)) == ("u", SIZE)
    return frozenset(match.start() for match in re.finditer("1", written))


def encoded(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_the_example_of_the_recommendation_is_131072_places_that_are_not_set() -> None:
    found = Bitstring.from_text(EXAMPLE)
    assert (len(found), found.bits) == (131_072, bytes(16_384))
    assert Bitstring.of([]) == found


def test_the_first_place_is_the_left_most_bit() -> None:
    bits = Bitstring.of([0, 9, SIZE - 1]).bits
    assert (bits[0], bits[1], bits[-1]) == (0b1000_0000, 0b0100_0000, 0b0000_0001)
    assert sum(bits) == 0b1000_0000 + 0b0100_0000 + 1


@given(PLACES)
def test_what_is_written_reads_the_same_by_hand(places: frozenset[int]) -> None:
    text = Bitstring.of(places).to_text()
    assert "=" not in text
    assert by_hand(text) == places


@given(PLACES)
def test_what_others_write_reads_the_same_here(places: frozenset[int]) -> None:
    number = sum(1 << (SIZE - 1 - place) for place in places)
    found = Bitstring.from_text(encoded(gzip.compress(number.to_bytes(SIZE // 8), 1)))
    assert {place for place in (*places, 0, 1, SIZE - 1) if found.has(place)} == places | (
        {0, 1, SIZE - 1} & places
    )
    assert sum(map(int.bit_count, found.bits)) == len(places)


@pytest.mark.parametrize("place", [-1, SIZE])
def test_there_is_nothing_outside_a_list(place: int) -> None:
    with pytest.raises(IndexError):
        Bitstring.of([]).has(place)


GOOD = gzip.compress(bytes(SIZE // 8))
WRONG = {
    "another multibase": "z" + EXAMPLE[1:],
    "empty": "",
    "nothing in it": "u",
    "padded": EXAMPLE + "=",
    "standard base64": EXAMPLE.replace("-", "+"),
    "a letter that is none": EXAMPLE[:9] + "!" + EXAMPLE[10:],
    "a lone surrogate": EXAMPLE + "\ud800",
    "no gzip": encoded(bytes(SIZE // 8)),
    "cut": encoded(GOOD[:-1]),
    "goes on": encoded(GOOD + b"x"),
    "wrong checksum": encoded(GOOD[:-8] + b"\x01" + GOOD[-7:]),
    "too short": encoded(gzip.compress(bytes(SIZE // 8 - 1))),
    "a bomb": encoded(gzip.compress(bytes(50_000_000))),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_list_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(StatusError) as refused:
        Bitstring.from_text(text)
    assert refused.value.code == "U012"


@given(st.text(max_size=60), st.integers(0, len(EXAMPLE)))
def test_any_change_of_a_list_is_refused_or_reads(text: str, at: int) -> None:
    try:
        found = Bitstring.from_text(EXAMPLE[:at] + text + EXAMPLE[at + len(text) :])
    except StatusError:
        return
    assert len(found) >= SIZE


def test_each_purpose_shows_its_states() -> None:
    shown = {purpose: {state for state in State if purpose.shows(state)} for purpose in Purpose}
    assert shown == {
        Purpose.REVOCATION: {State.REVOKED},
        Purpose.SUSPENSION: {State.SUSPENDED, State.REVOKED},
    }


def test_the_page_shows_the_entry_the_request_and_the_example() -> None:
    def block(name: str) -> str:
        (text,) = re.findall(rf"```(?:json|text) {name}\n(.*?)\n```", PAGE, re.DOTALL)
        return str(text)

    lists = lists_of("https://registry.example/")
    entry = bitstring.entry(f"{lists}/revocation-1", Purpose.REVOCATION, 94_567)
    assert json.loads(block("entry")) == entry
    assert block("encodedList") == EXAMPLE
    assert json.loads(block("reservation")).keys() == {"aud", "count", "iat", "purpose"}
    assert head("revocation-1", 94_567) == "place:revocation-1/94567"


def test_a_list_says_how_long_it_holds() -> None:
    value = bitstring.credential(
        "https://registry.example/l",
        Purpose.SUSPENSION,
        Bitstring.of([3]),
        issuer="did:key:z6Mk",
        now=datetime(2026, 11, 20, 12, tzinfo=UTC),
        valid=timedelta(hours=1),
        ttl=timedelta(minutes=5),
    )
    assert value["validFrom"] == "2026-11-20T12:00:00.000Z"
    assert value["validUntil"] == "2026-11-20T13:00:00.000Z"
    assert value["credentialSubject"]["ttl"] == 300_000
    assert by_hand(value["credentialSubject"]["encodedList"]) == {3}
