"""Time-stamp tokens (RFC 3161): that a digest existed by a moment, in the word of an authority.

    TimeStampToken ::= ContentInfo          -- id-signedData (RFC 5652) around a TSTInfo
    TimeStampResp  ::= SEQUENCE { status PKIStatusInfo, timeStampToken TimeStampToken OPTIONAL }
    TSTInfo        ::= SEQUENCE { version INTEGER { v1(1) }, policy, messageImprint, serialNumber,
                                  genTime GeneralizedTime, accuracy Accuracy OPTIONAL, … }

Nothing is fetched. The chain is judged at the token's own time, so a token outlives the certificate
that signed it; revocation is not asked for. Roots are those that the caller pins, and certificates
inside the token can only lead to them. docs/spec/time.md says what a token is worth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from rfc3161_client import (
    TimeStampResponse,
    TimeStampTokenInfo,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from openquality_validator.errors import TimestampError
from openquality_validator.message import message

MAX_TOKEN_BYTES = 32_768  # a token with a chain of large RSA certificates has about 10,000
MAX_ACCURACY = timedelta(days=1)  # a vaguer clock orders nothing
DIGEST_BYTES = 32
UNKNOWN_AUTHORITY = "N004"  # the one code that says nothing against the token

_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
# SHA-256, SHA-384 and SHA-512 (NIST's arc): with a weaker one, somebody else could make the twin.
_STRONG = frozenset(
    {_SHA256, *(x509.ObjectIdentifier(f"2.16.840.1.101.3.4.2.{last}") for last in (2, 3))}
)
_SEQUENCE, _OBJECT_IDENTIFIER, _GENERALIZED_TIME = 0x30, 0x06, 0x18
_GRANTED = bytes.fromhex("3003020100")  # PKIStatusInfo { status granted(0) }
_BEFORE_GEN_TIME = 4  # members of TSTInfo: version, policy, messageImprint, serialNumber


@dataclass(frozen=True, slots=True)
class Authority:
    """Pin a time-stamp authority by its roots, which are DER certificates.

    Raises TimestampError (N006) if there is no root, or one is no certificate.
    """

    name: str
    roots: tuple[bytes, ...]

    def __post_init__(self) -> None:
        self._builder()

    def is_named(self, response: TimeStampResponse) -> bool:
        """Tell whether a certificate in the token names one of the roots as its issuer."""
        subjects = {x509.load_der_x509_certificate(root).subject for root in self.roots}
        return any(each.issuer in subjects for each in _certificates(response))

    def check(self, response: TimeStampResponse, digest: bytes) -> None:
        """Check the signature, the chain at the token's time, and the key's usage.

        Raises VerificationError, or what the library raises for malformed parts.
        """
        _one_signer(response)
        self._builder().build().verify(response, digest)

    def _builder(self) -> VerifierBuilder:
        try:
            roots = [x509.load_der_x509_certificate(root) for root in self.roots]
        except ValueError:
            roots = []
        if not roots:
            raise TimestampError(
                "N006",
                message(
                    "The time authority {name!r} is pinned without readable roots.", name=self.name
                ),
                message("Give its root certificates in DER."),
            )
        return VerifierBuilder(roots=roots)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Hold the moment by which the digest existed (UTC), and the name of who says so.

    `moment` is the token's time plus its accuracy: the latest time that the authority can mean.
    """

    moment: datetime
    authority: str


def verify_token(
    token: bytes, *, message_digest: bytes, authorities: Sequence[Authority]
) -> Timestamp:
    """Verify a TimeStampToken, or a TimeStampResp that grants one, over a SHA-256 digest.

    The first authority for which all of it holds names the result. Raises TimestampError
    (N001 to N005, N007), and nothing else, whatever the bytes.
    """
    if len(message_digest) != DIGEST_BYTES:
        raise ValueError("a SHA-256 digest has 32 bytes")
    # (1) The form.
    try:
        response = _parse(token)
        stated = _Stated.of(response)
    except TimestampError:
        raise
    except BaseException as error:  # noqa: BLE001 - narrowed by `_expected`
        flaw = _brief(_expected(error))
        raise TimestampError(
            "N001",
            message("The token does not read as RFC 3161 says: {flaw}.", flaw=flaw),
            message("Give the DER bytes of the token as the authority sent them."),
        ) from None
    # (2) What it is about.
    if (stated.hash_algorithm, stated.digest) != (_SHA256, message_digest):
        raise TimestampError(
            "N003",
            message("The token is about something else."),
            message(
                "It must cover the SHA-256 of the text of the checkpoint that it stands beside."
            ),
        )
    # (3) Whether its numbers are good enough.
    if stated.accuracy > MAX_ACCURACY or not stated.signed_with <= _STRONG:
        raise TimestampError(
            "N005",
            message(
                "The token is vague by more than a day, or signed with a hash function that is "
                "weak."
            ),
            message("Ask an authority with a better clock that signs with SHA-256 or stronger."),
        )
    # (4) Who says so.
    problem = None
    for authority in authorities:
        try:
            if authority.is_named(response):
                authority.check(response, message_digest)
                return Timestamp(stated.moment, authority.name)
        except BaseException as error:  # noqa: BLE001 - narrowed by `_expected`
            problem = _brief(_expected(error))
    if problem is None:
        raise TimestampError(
            UNKNOWN_AUTHORITY,
            message("The token is of a time authority that is not pinned."),
            message("Pin its root certificate in the trust file, or count the token as absent."),
        )
    raise TimestampError(
        "N007",
        message(
            "The token names a pinned time authority, and does not hold: {problem}.",
            problem=problem,
        ),
        message(
            "It is forged or damaged, or of a certificate that was not valid then; do without it."
        ),
    )


@dataclass(frozen=True, slots=True)
class _Stated:
    """Hold what a token says, before anything of it is believed."""

    hash_algorithm: x509.ObjectIdentifier
    digest: bytes
    moment: datetime
    accuracy: timedelta
    signed_with: set[x509.ObjectIdentifier]

    @classmethod
    def of(cls, response: TimeStampResponse) -> "_Stated":
        info = response.tst_info
        accuracy = _accuracy(info)
        return cls(
            info.message_imprint.hash_algorithm,
            info.message_imprint.message,
            # An OverflowError at the end of the year 9999 is a token that does not read.
            info.gen_time.astimezone(UTC) + _fraction(info) + accuracy,
            accuracy,
            response.signed_data.digest_algorithms,
        )


def _parse(token: bytes) -> TimeStampResponse:
    if not 0 < len(token) <= MAX_TOKEN_BYTES:
        raise ValueError(f"it has {len(token):,} bytes of 1 to {MAX_TOKEN_BYTES:,}")
    tag, content, _ = _value(token)
    if tag == _SEQUENCE and content[:1] == bytes((_OBJECT_IDENTIFIER,)):
        token = _wrap(_GRANTED + token)
    response = decode_timestamp_response(token)
    if response.status != 0:
        raise TimestampError(
            "N002",
            message(
                "The authority has not granted a token (status {status}).", status=response.status
            ),
            message("Ask it again; keep only answers with the status granted (0)."),
        )
    return response


def _expected(error: BaseException) -> BaseException:
    """Return what malformed bytes can bring about, and raise anything else again.

    The library reports them by many classes of Exception, and by Rust's panics, whose class is a
    BaseException that cannot be imported.
    """
    if isinstance(error, Exception) or type(error).__module__ == "pyo3_runtime":
        return error
    raise error


def _brief(error: BaseException) -> str:
    """Keep OpenSSL's own reason of its long report."""
    text = str(error) or type(error).__name__
    return text.rpartition("Verify error: ")[2].partition('"')[0].rstrip(". ")[:200]


def _accuracy(info: TimeStampTokenInfo) -> timedelta:
    if info.accuracy is None:
        return timedelta()  # type: ignore[unreachable]  # the stub takes it to be always there
    # Seconds may have 128 bits, and a timedelta would overflow.
    seconds = min(info.accuracy.seconds or 0, 2 * int(MAX_ACCURACY.total_seconds()))
    return timedelta(
        seconds=seconds,
        milliseconds=info.accuracy.millis or 0,
        microseconds=info.accuracy.micros or 0,
    )


def _fraction(info: TimeStampTokenInfo) -> timedelta:
    """Return the fraction of genTime's second, rounded up; the library's own reading drops it."""
    _, rest, _ = _value(info.as_bytes())  # type: ignore[attr-defined]  # only the stub lacks it
    for _ in range(_BEFORE_GEN_TIME):
        rest = _value(rest)[2]
    tag, text, _ = _value(rest)
    if tag != _GENERALIZED_TIME:
        raise ValueError("genTime is not where it should be")
    digits = text.decode("ascii").rstrip("Z").partition(".")[2]
    return timedelta(microseconds=-(-int(digits or 0) * 10**6 // 10 ** len(digits)))


def _certificates(response: TimeStampResponse) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(each) for each in response.signed_data.certificates]


def _one_signer(response: TimeStampResponse) -> None:
    """Check that one certificate only can be meant: two with one name would leave it to chance."""
    signers = list(response.signed_data.signer_infos)
    meant = [
        each
        for each in _certificates(response)
        for signer in signers
        if (each.issuer, each.serial_number) == (signer.issuer, signer.serial_number)
    ]
    if len(signers) != 1 or len(meant) != 1:
        raise VerificationError(
            message("the token does not hold the one certificate of its one signer")
        )


def _value(data: bytes) -> tuple[int, bytes, bytes]:
    """Part the first DER value: its tag, its content, and what follows. Raises ValueError."""
    tag, size, start = data[0], data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    if start + size > len(data):
        raise ValueError("a value is cut short")
    return tag, data[start : start + size], data[start + size :]


def _wrap(content: bytes) -> bytes:
    """Put content into a DER SEQUENCE; it is at least 128 bytes, as every token is."""
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((_SEQUENCE, 0x80 | len(size))) + size + content
