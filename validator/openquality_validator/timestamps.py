"""Time-stamp tokens (RFC 3161): proof that a digest existed at a time, by a pinned authority.

A token here is the DER of a TimeStampResp, whose imprint is the SHA-256 of what it covers. The
chain is judged at the token's own time, and ends in a certificate that the verifier pinned: what
the token brings along is used on the way, never as its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from openquality_validator.errors import TimestampError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

MAX_BYTES = 65_536
UNKNOWN_AUTHORITY = "N003"
_SHA256 = "2.16.840.1.101.3.4.2.1"


@dataclass(frozen=True, slots=True)
class Authority:
    """Name a time authority by the certificates (DER) in which its chains must end."""

    name: str
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Hold a proved time: the digest existed by `moment` (UTC), says `authority`.

    `moment` is the latest time that the token allows: its time and its stated accuracy.
    """

    moment: datetime
    authority: str


def verify_token(
    token: bytes, *, message_digest: bytes, authorities: Sequence[Authority]
) -> Timestamp:
    """Prove that a pinned authority stamped a SHA-256 digest.

    Raises TimestampError: N001 for bytes that are no granted response, N002 for a pinned root that
    does not read, N003 if no pinned authority vouches for it, N004 for another digest.
    """
    response = _read(token)
    authority = _vouched(response, authorities)
    if authority is None:
        raise TimestampError(
            "N003",
            "No time authority that you trust made this token, or it was changed.",
            "Pin the authority's root certificate if you trust it.",
        )
    imprint = response.tst_info.message_imprint
    if imprint.hash_algorithm.dotted_string != _SHA256 or imprint.message != message_digest:
        raise TimestampError(
            "N004",
            f"The token of {authority} covers another digest than the checkpoint's.",
            "It belongs to something else; fetch the bundle again.",
        )
    return Timestamp(_latest(response), authority)


def _read(token: bytes) -> "TimeStampResponse":
    from rfc3161_client import PKIStatus, decode_timestamp_response

    if len(token) > MAX_BYTES:
        raise _malformed(f"has more than {MAX_BYTES} bytes")
    try:
        response = decode_timestamp_response(token)
        granted = response.status == PKIStatus.GRANTED
        info = response.tst_info
    except (ValueError, TypeError, OverflowError) as error:
        raise _malformed(f"does not read ({error})") from None
    if not granted or info.gen_time.tzinfo is None:
        raise _malformed("was not granted")
    # What is read must be what there is: nothing after or between that nobody looked at.
    if response.as_bytes() != token:
        raise _malformed("is not in its one DER spelling")
    return response


def _vouched(response: "TimeStampResponse", authorities: Sequence[Authority]) -> str | None:
    from rfc3161_client import VerificationError
    from rfc3161_client.verify import VerifierBuilder

    digest = response.tst_info.message_imprint.message
    for authority in authorities:
        # The lists are given: a builder without them shares one between all that it makes.
        verifier = VerifierBuilder(roots=list(_roots(authority)), intermediates=[]).build()
        try:
            verifier.verify(response, digest)
        except (VerificationError, ValueError):
            continue
        return authority.name
    return None


@lru_cache(maxsize=64)
def _roots(authority: Authority) -> "tuple[Certificate, ...]":
    from cryptography.x509 import load_der_x509_certificate

    try:
        return tuple(load_der_x509_certificate(root) for root in authority.roots)
    except ValueError as error:
        raise TimestampError(
            "N002",
            f"A root certificate of {authority.name} does not read ({error}).",
            "Pin it again: `openquality trust time-authority NAME ROOT.pem`.",
        ) from None


def _latest(response: "TimeStampResponse") -> datetime:
    info = response.tst_info
    accuracy = info.accuracy
    slack = timedelta()
    if accuracy is not None:
        slack = timedelta(
            seconds=accuracy.seconds or 0,
            milliseconds=accuracy.millis or 0,
            microseconds=accuracy.micros or 0,
        )
    return (info.gen_time + slack).astimezone(UTC)


def _malformed(what: str) -> TimestampError:
    return TimestampError(
        "N001", f"The time-stamp token {what}.", "Fetch it again from the registry or authority."
    )
