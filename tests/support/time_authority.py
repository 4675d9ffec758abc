"""A small time-stamp authority for tests, written from RFC 3161 and RFC 5652 with a DER of its own.

It shares no code with what it tests. Everything about a token can be made wrong on purpose: see the
arguments of `TimeAuthority` and `token`. It is run by whoever runs the test, so it proves nothing.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SHA_256 = "2.16.840.1.101.3.4.2.1"
SHA_512 = "2.16.840.1.101.3.4.2.3"
ECDSA_SHA_256 = "1.2.840.10045.4.3.2"
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
POLICY = "1.3.6.1.4.1.13762.3"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)
MOMENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def set_of(*parts: bytes, tag: int = 0x31) -> bytes:
    return tlv(tag, *sorted(parts))


def integer(value: int, tag: int = 0x02) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    return tlv(0x04, value)


def oid(dotted: str) -> bytes:
    first, second, *others = map(int, dotted.split("."))
    content = b""
    for arc in (40 * first + second, *others):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return tlv(0x06, content)


def algorithm(dotted: str) -> bytes:
    return sequence(oid(dotted))


def general_time(at: datetime) -> bytes:
    """Write GeneralizedTime as DER wants it: a fraction without trailing zeros, or none."""
    text = at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    fraction = f"{at.microsecond:06d}".rstrip("0")
    return tlv(0x18, (text + (f".{fraction}" if fraction else "") + "Z").encode())


def accuracy(seconds: int | None = None, millis: int | None = None) -> bytes:
    return sequence(
        b"" if seconds is None else integer(seconds),
        b"" if millis is None else integer(millis, 0x80),
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class TimeAuthority:
    """Hold keys and certificates root → intermediate → time stamping."""

    name: str = "Time for tests"
    usages: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.TIME_STAMPING,)
    critical: bool = True
    begin: datetime = BEGIN
    end: datetime = END
    serial: int = 1
    leaf_number: int = field(default_factory=x509.random_serial_number)
    _key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @cached_property
    def _chain(self) -> tuple[x509.Certificate, x509.Certificate, x509.Certificate]:
        root_key, middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name, middle_name = _name(f"{self.name}, root"), _name(f"{self.name}, between")
        made = []
        for subject, key, issuer, signer, is_ca in (
            (root_name, root_key, root_name, root_key, True),
            (middle_name, middle_key, root_name, root_key, True),
            (_name(self.name), self._key, middle_name, middle_key, False),
        ):
            builder = (
                x509.CertificateBuilder()
                .subject_name(subject)
                .issuer_name(issuer)
                .public_key(key.public_key())
                .serial_number(x509.random_serial_number() if is_ca else self.leaf_number)
                .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC) if is_ca else self.begin)
                .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC) if is_ca else self.end)
                .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
            )
            if not is_ca and self.usages:
                builder = builder.add_extension(
                    x509.ExtendedKeyUsage(self.usages), critical=self.critical
                )
            made.append(builder.sign(signer, SHA256()))
        return made[0], made[1], made[2]

    @property
    def root(self) -> bytes:
        return self._chain[0].public_bytes(Encoding.DER)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        return tuple(each.public_bytes(Encoding.DER) for each in self._chain[1:])

    def tst_info(
        self,
        digest: bytes,
        at: datetime,
        *,
        hash_oid: str = SHA_256,
        accurate: bytes = b"",
        nonce: int | None = None,
        policy: str = POLICY,
    ) -> bytes:
        self.serial += 1
        return sequence(
            integer(1),
            oid(policy),
            sequence(algorithm(hash_oid), octets(digest)),
            integer(self.serial),
            general_time(at),
            accurate,
            b"" if nonce is None else integer(nonce),
        )

    def sign(
        self,
        content: bytes,
        *,
        content_type: str = TST_INFO,
        digest_oid: str = SHA_256,
        extra: Sequence[bytes] = (),
        with_certificates: bool = True,
        signers: int = 1,
    ) -> bytes:
        """Make the ContentInfo (RFC 5652) around a content, signed by the leaf's key."""
        leaf = self._chain[2]
        attributes = (
            sequence(oid(CONTENT_TYPE), set_of(oid(content_type))),
            sequence(oid(MESSAGE_DIGEST), set_of(octets(sha256(content).digest()))),
            sequence(
                oid(SIGNING_CERTIFICATE_V2),
                set_of(sequence(sequence(sequence(octets(leaf.fingerprint(SHA256())))))),
            ),
        )
        signer = sequence(
            integer(1),
            sequence(leaf.issuer.public_bytes(), integer(leaf.serial_number)),
            algorithm(digest_oid),
            set_of(*attributes, tag=0xA0),
            algorithm(ECDSA_SHA_256),
            octets(self._key.sign(set_of(*attributes), ec.ECDSA(SHA256()))),
        )
        certificates = (*self.certificates, *extra) if with_certificates else ()
        signed = sequence(
            integer(3),
            set_of(algorithm(digest_oid)),
            sequence(oid(content_type), tlv(0xA0, octets(content))),
            set_of(*certificates, tag=0xA0) if certificates else b"",
            set_of(*(signer,) * signers),
        )
        return sequence(oid(SIGNED_DATA), tlv(0xA0, signed))

    def token(self, digest: bytes, at: datetime = MOMENT, **changed: object) -> bytes:
        """Make a TimeStampToken for a SHA-256 digest."""
        return self.sign(self.tst_info(digest, at, **changed))  # type: ignore[arg-type]

    def answer(self, request: bytes, at: datetime = MOMENT) -> bytes:
        """Answer a TimeStampReq with a TimeStampResp."""
        digest, nonce = _read_request(request)
        return response(self.token(digest, at, nonce=nonce))


def response(token: bytes, status: int = 0) -> bytes:
    """Make a TimeStampResp (RFC 3161, section 2.4.2) around a token."""
    return sequence(sequence(integer(status)), token)


def _parts(content: bytes) -> list[tuple[int, bytes]]:
    """Part DER values of at most 127 bytes, which is all that a request has."""
    found = []
    while content:
        tag, size = content[0], content[1]
        assert size < 0x80
        found.append((tag, content[2 : 2 + size]))
        content = content[2 + size :]
    return found


def _read_request(request: bytes) -> tuple[bytes, int | None]:
    ((_, body),) = _parts(request)
    (_, version), (_, imprint), *others = _parts(body)
    assert version == b"\x01"
    (_, algorithms), (_, digest) = _parts(imprint)
    assert algorithms.startswith(oid(SHA_256))
    nonces = [int.from_bytes(value, "big", signed=True) for tag, value in others if tag == 0x02]
    return digest, nonces[0] if nonces else None


@contextlib.contextmanager
def serving(answer: Callable[[bytes], bytes], *, status: int = 200) -> Iterator[str]:
    """Serve answers to requests by HTTP on loopback; give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def later(**by: float) -> datetime:
    return MOMENT + timedelta(**by)
