"""RFC 3161: the fixtures of rfc3161-client."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.published.result import Result, accepted, excluded, refused

from openquality_validator.timestamps import Authority, verify_token

OTHER_HASH = "its imprint is not SHA-256, which ours always are: refused"


def check(folder: Path) -> Iterator[Result]:
    """Verify each response under the last certificate of its chain, over the fixture's message."""
    root = next(iter([*folder.rglob("fixtures")]), folder)
    for path in sorted(root.rglob("*.tsr")):
        name = str(path.relative_to(root))
        root_certificate = _chain((path.parent / "ts_chain.pem").read_bytes())[-1]
        authority = Authority(path.parent.name, (root_certificate.public_bytes(Encoding.DER),))
        payload = path.parent / "payload"
        message = payload.read_bytes() if payload.exists() else b"hello"
        yield _check(name, path.read_bytes(), sha256(message).digest(), authority)


def _chain(data: bytes) -> list[x509.Certificate]:
    """Read a chain, which in one fixture is a single certificate in DER in spite of its name."""
    if b"-----BEGIN" in data:
        return x509.load_pem_x509_certificates(data)
    return [x509.load_der_x509_certificate(data)]


def _check(name: str, token: bytes, digest: bytes, authority: Authority) -> Result:
    def attempt() -> object:
        return verify_token(token, message_digest=digest, authorities=[authority])

    if "invalid-signature" in name:
        return refused(name, attempt, "N004 N007")
    if "no-embedded-cert" in name or "response-expired" in name:
        outcome = refused(name, attempt)
        return excluded(name, f"a token must bring its certificate: {outcome.why}")
    if any(part in name for part in ("sha384", "sha512", "issue-104", "test_tsa")):
        outcome = refused(name, attempt, "N003")
        return outcome if outcome.outcome == "FAIL" else excluded(name, OTHER_HASH)
    return accepted(name, attempt)
