"""Verify what anchors hold, against the bare signatures in it."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks import harness
from openquality_validator.timestamps import Authority, verify_token
from openquality_validator.tlog import cosignature, note
from openquality_validator.tlog.note import COSIGNATURE, Note, VerifierKey

VECTORS = Path(__file__).parents[1] / "tests/vectors/time"  # docs/spec/time.md: made by OpenSSL
REPEAT = 200
ROUNDS = 15
WITNESSES = 3
MOMENT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def run() -> None:
    """Print microseconds and ratios."""
    harness.heading("Verify anchors: a time-stamp token, a note with cosignatures")
    harness.machine("rfc3161-client", "cryptography")
    for name, ours, bare in (
        ("token", _token(), _token_signatures()),
        (f"{WITNESSES} cosignatures", *_cosignatures()),
    ):
        found = harness.alternate(ROUNDS, {"ours": _repeat(ours), "bare": _repeat(bare)})
        seconds = found["ours"] / REPEAT
        print(
            f"  {name:15} {1 / seconds:8,.0f} /s ({seconds * 1e6:.0f} µs); its signatures alone "
            f"{found['bare'] / REPEAT * 1e6:.0f} µs"
        )
        harness.ratio(f"{name}, ours / bare", found["ours"], found["bare"], "none")


def _repeat(call: Callable[[], object]) -> Callable[[], None]:
    def many() -> None:
        for _ in range(REPEAT):
            call()

    return many


def _token() -> Callable[[], object]:
    token, root, text = (
        (VECTORS / name).read_bytes() for name in ("token.der", "root.der", "checkpoint-text")
    )
    authorities, digest = [Authority("worked example", (root,))], sha256(text).digest()
    return lambda: verify_token(token, message_digest=digest, authorities=authorities)


def _token_signatures() -> Callable[[], object]:
    """Verify the two signatures of the chain root → clock → token; the root's stands for both."""
    root = x509.load_der_x509_certificate((VECTORS / "root.der").read_bytes())
    key = root.public_key()
    assert isinstance(key, EllipticCurvePublicKey)

    def twice() -> None:
        for _ in range(2):
            key.verify(root.signature, root.tbs_certificate_bytes, ECDSA(SHA256()))

    return twice


def _cosignatures() -> tuple[Callable[[], object], Callable[[], object]]:
    """Cosign a checkpoint; return the verification of its note, and that of bare signatures."""
    text = (VECTORS / "checkpoint-text").read_text()
    signed = note.sign(text, name="log.example/demo", key=Ed25519PrivateKey.generate())
    lines, keys, bare = list(signed.signatures), [], []
    for number in range(WITNESSES):
        name, key = f"witness.example/{number}", Ed25519PrivateKey.generate()
        made = cosignature.cosign(text, name=name, key=key, moment=MOMENT)
        public = key.public_key().public_bytes_raw()
        lines.append(made)
        keys.append(VerifierKey.ed25519(name, public, kind=COSIGNATURE))
        message = f"cosignature/v1\ntime {MOMENT.timestamp():.0f}\n{text}".encode()
        bare.append((Ed25519PublicKey.from_public_bytes(public), key.sign(message), message))
    data = Note(text, tuple(lines)).to_bytes()
    assert len(cosignature.verify(Note.from_bytes(data), keys)) == WITNESSES

    def signatures() -> None:
        for public, signature, message in bare:
            public.verify(signature, message)

    return lambda: cosignature.verify(Note.from_bytes(data), keys), signatures
