"""No change of a token passes with another time, imprint or authority, or raises another error."""

from hashlib import sha256

from hypothesis import assume, example, given
from hypothesis import strategies as st
from time_authority import MOMENT, TimeAuthority, accuracy, later, response

from openquality_validator.errors import TimestampError
from openquality_validator.timestamps import Authority, Timestamp, verify_token

DIGEST = sha256(b"the text of a checkpoint").digest()
OTHER_DIGEST = sha256(b"another").digest()
ONE, TWO = TimeAuthority("one"), TimeAuthority("two")
AUTHORITIES = (Authority("one", (ONE.root,)), Authority("two", (TWO.root,)))
TOKEN = ONE.token(DIGEST, accurate=accuracy(1, 500))
SAID = Timestamp(later(seconds=1, milliseconds=500), "one")
# What an attacker has: other tokens of the same authority and of another.
OTHERS = (
    ONE.token(DIGEST, later(days=-1)),
    ONE.token(OTHER_DIGEST),
    TWO.token(DIGEST),
    response(TOKEN),
)


def check(token: bytes, said: Timestamp = SAID) -> None:
    try:
        found = verify_token(token, message_digest=DIGEST, authorities=AUTHORITIES)
    except TimestampError:
        return
    assert said == found


def test_the_token_itself_passes() -> None:
    assert SAID == verify_token(TOKEN, message_digest=DIGEST, authorities=AUTHORITIES)


def test_every_byte_changed_in_three_ways() -> None:
    # OpenSSL does not read the signer's name for the signature algorithm, so a few changes pass.
    for at in range(len(TOKEN)):
        for flip in (0x01, 0x80, 0xFF):
            check(TOKEN[:at] + bytes((TOKEN[at] ^ flip,)) + TOKEN[at + 1 :])


@given(
    at=st.integers(0, len(TOKEN)),
    drop=st.integers(0, 40),
    put=st.binary(max_size=40),
)
@example(at=0, drop=0, put=b"\x30\x84\xff\xff\xff\xff")
def test_a_stretch_replaced(at: int, drop: int, put: bytes) -> None:
    check(TOKEN[:at] + put + TOKEN[at + drop :])


@given(
    source=st.sampled_from(OTHERS),
    cut=st.tuples(st.integers(0, 1500), st.integers(0, 1500)),
    at=st.tuples(st.integers(0, len(TOKEN)), st.integers(0, len(TOKEN))),
)
def test_a_stretch_of_another_token_put_in(
    source: bytes, cut: tuple[int, int], at: tuple[int, int]
) -> None:
    start, stop = sorted(at)
    made = TOKEN[:start] + source[min(cut) : max(cut)] + TOKEN[stop:]
    assume(made not in OTHERS)  # the whole of another token is no change of this one
    check(made)


@given(st.sampled_from(OTHERS), st.data())
def test_the_same_stretch_of_another_token(other: bytes, data: st.DataObject) -> None:
    # Tokens of one authority have nearly one layout, so a swapped field stays well-formed.
    start = data.draw(st.integers(0, len(other)))
    stop = data.draw(st.integers(start, len(other)))
    swapped = TOKEN[:start] + other[start:stop] + TOKEN[stop:]
    if swapped not in OTHERS:
        check(swapped)


@given(st.binary(max_size=400))
def test_any_bytes(token: bytes) -> None:
    check(token)


def test_the_other_tokens_are_good_themselves() -> None:
    # So that the splices above had something to win.
    for token, digest, said in (
        (OTHERS[0], DIGEST, Timestamp(later(days=-1), "one")),
        (OTHERS[1], OTHER_DIGEST, Timestamp(MOMENT, "one")),
        (OTHERS[2], DIGEST, Timestamp(MOMENT, "two")),
        (OTHERS[3], DIGEST, SAID),
    ):
        assert said == verify_token(token, message_digest=digest, authorities=AUTHORITIES)
