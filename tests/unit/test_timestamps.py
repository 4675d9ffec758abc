"""Time-stamp tokens: each defect is refused with its code, whatever else is right."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from time_authority import (
    END,
    MOMENT,
    SHA_512,
    TimeAuthority,
    accuracy,
    later,
    octets,
    response,
    sequence,
)

from openquality_validator import timestamps
from openquality_validator.errors import TimestampError
from openquality_validator.timestamps import Authority, Timestamp, verify_token

DIGEST = sha256(b"the text of a checkpoint").digest()
MADE = TimeAuthority()
PINNED = Authority("clock", (MADE.root,))


def verify(token: bytes, *authorities: Authority) -> Timestamp:
    return verify_token(token, message_digest=DIGEST, authorities=authorities or (PINNED,))


def code(token: bytes, *authorities: Authority) -> str:
    with pytest.raises(TimestampError) as caught:
        verify(token, *authorities)
    return caught.value.code


def test_a_token_and_the_answer_that_grants_it_prove_the_same() -> None:
    token = MADE.token(DIGEST)
    assert Timestamp(MOMENT, "clock") == verify(token) == verify(response(token))


def test_the_moment_is_the_latest_that_the_authority_can_mean() -> None:
    exact = MADE.token(DIGEST, later(microseconds=900_001))
    assert later(microseconds=900_001) == verify(exact).moment
    vague = MADE.token(DIGEST, later(milliseconds=500), accurate=accuracy(2, 250))
    assert later(seconds=2, milliseconds=750) == verify(vague).moment


def test_the_authority_that_vouches_is_named_not_the_first_that_is_pinned() -> None:
    other = TimeAuthority("another")
    assert verify(other.token(DIGEST), PINNED, Authority("second", (other.root,))) == Timestamp(
        MOMENT, "second"
    )


def test_a_token_outlives_the_certificate_that_signed_it() -> None:
    # No clock is asked: the certificate was valid when the token was made.
    brief = TimeAuthority(end=later(days=1))
    assert verify(brief.token(DIGEST), Authority("brief", (brief.root,))).moment == MOMENT


@pytest.mark.parametrize("at", [END + timedelta(seconds=1), datetime(2025, 12, 31, tzinfo=UTC)])
def test_a_token_from_outside_the_certificates_time_is_refused(at: datetime) -> None:
    assert code(MADE.token(DIGEST, at)) == "N007"


@pytest.mark.parametrize(
    ("usages", "critical"),
    [
        ((), True),
        ((ExtendedKeyUsageOID.CODE_SIGNING,), True),
        ((ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING), True),
        ((ExtendedKeyUsageOID.TIME_STAMPING,), False),
    ],
    ids=["none", "other", "two", "not-critical"],
)
def test_a_certificate_that_is_not_for_time_stamping_alone_is_refused(
    usages: tuple[ExtendedKeyUsageOID, ...],
    critical: bool,  # noqa: FBT001 - a parameter of the table above
) -> None:
    wrong = TimeAuthority(usages=usages, critical=critical)  # type: ignore[arg-type]  # OIDs
    assert code(wrong.token(DIGEST), Authority("wrong", (wrong.root,))) == "N007"


def test_a_root_that_is_not_pinned_is_unknown_even_if_it_is_in_the_token() -> None:
    other = TimeAuthority("another")
    token = other.sign(other.tst_info(DIGEST, MOMENT), extra=(other.root,))
    assert code(token) == timestamps.UNKNOWN_AUTHORITY
    with pytest.raises(TimestampError, match="N004"):
        verify_token(token, message_digest=DIGEST, authorities=())


def test_an_impostor_with_the_names_of_a_pinned_root_is_refused() -> None:
    assert code(TimeAuthority().token(DIGEST)) == "N007"


def test_a_pinned_root_beside_the_impostors_chain_does_not_help() -> None:
    impostor = TimeAuthority("another")
    token = impostor.sign(impostor.tst_info(DIGEST, MOMENT), extra=(MADE.root, *MADE.certificates))
    assert code(token) == "N007"


def test_a_certificate_that_borrows_the_signers_name_and_number_is_refused() -> None:
    # Its key usage must not be taken for the signer's.
    wrong = TimeAuthority(usages=(ExtendedKeyUsageOID.CODE_SIGNING,))
    right = TimeAuthority(wrong.name, leaf_number=wrong.leaf_number)
    token = wrong.sign(wrong.tst_info(DIGEST, MOMENT), extra=right.certificates)
    assert code(token, Authority("wrong", (wrong.root,))) == "N007"


def test_a_token_about_something_else_is_refused() -> None:
    assert code(MADE.token(sha256(b"another checkpoint").digest())) == "N003"
    assert code(MADE.token(DIGEST, hash_oid=SHA_512)) == "N003"
    assert code(MADE.token(DIGEST[:-1])) == "N003"


def test_a_clock_vaguer_than_a_day_is_refused() -> None:
    assert verify(MADE.token(DIGEST, accurate=accuracy(86_400))).moment == later(days=1)
    assert code(MADE.token(DIGEST, accurate=accuracy(86_400, 1))) == "N005"
    assert code(MADE.token(DIGEST, accurate=accuracy(2**100))) == "N005"


def test_a_weak_hash_function_under_the_signature_is_refused() -> None:
    info = MADE.tst_info(DIGEST, MOMENT)
    assert code(MADE.sign(info, digest_oid="1.3.14.3.2.26")) == "N005"


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5])
def test_an_answer_that_does_not_grant_is_refused(status: int) -> None:
    assert code(response(MADE.token(DIGEST), status)) == "N002"
    assert code(response(b"", status)) == "N002"


def test_what_is_signed_must_be_a_time_stamp() -> None:
    info = MADE.tst_info(DIGEST, MOMENT)
    assert code(MADE.sign(info, content_type="1.2.840.113549.1.7.1")) == "N001"
    assert code(MADE.sign(sequence(octets(DIGEST)))) == "N001"


def test_two_certificates_that_could_be_the_signers_leave_it_open_and_are_refused() -> None:
    double = TimeAuthority(MADE.name, leaf_number=MADE.leaf_number)
    for extra in ((double.certificates[1],), (double.certificates[1], MADE.root)):
        assert code(MADE.sign(MADE.tst_info(DIGEST, MOMENT), extra=extra)) == "N007"


@pytest.mark.parametrize("signers", [0, 2])
def test_a_token_has_one_signer(signers: int) -> None:
    assert code(MADE.sign(MADE.tst_info(DIGEST, MOMENT), signers=signers)) == "N007"


def test_a_token_must_bring_its_certificates() -> None:
    bare = MADE.sign(MADE.tst_info(DIGEST, MOMENT), with_certificates=False)
    assert code(bare) == timestamps.UNKNOWN_AUTHORITY


@pytest.mark.parametrize(
    "token",
    [
        b"",
        b"\x30",
        b"\x30\x80",
        b"\x30\x02\x06\x00",
        b"not a token",
        response(b""),
        MADE.token(DIGEST) + b"\x00",
        MADE.token(DIGEST)[:-1],
        bytes(timestamps.MAX_TOKEN_BYTES + 1),
    ],
    ids=["nothing", "cut", "endless", "empty", "text", "no-token", "longer", "shorter", "huge"],
)
def test_what_is_no_token_is_refused(token: bytes) -> None:
    assert code(token) == "N001"


@pytest.mark.parametrize("roots", [(), (b"no certificate",), (MADE.root, b"")])
def test_an_authority_needs_certificates_for_roots(roots: tuple[bytes, ...]) -> None:
    with pytest.raises(TimestampError, match="N006"):
        Authority("clock", roots)
