"""Make bundles without the project's code: only hashlib, `rfc8785` and `cryptography`.

`python tests/vectors/bundle/make.py` writes v1.json, once; the file is frozen and holds the
formats of version 1 still. The tests also use the functions, to build what the project must read.
"""

import base64
import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = Path(__file__).parent
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ORIGIN = "log.example/2026"
ISSUER_SEED = hashlib.sha256(b"openquality vector: issuer").digest()
LOG_SEED = hashlib.sha256(b"openquality vector: log").digest()
ADMITTED = "2026-11-20T12:00:00.000Z"
SIZE, INDEX = 7, 4

# By hand, from the record below: ids and identifiers of subject and producer, sorted.
SUBJECTS = ["{did}", "lei:529900VELANTO0000139", "vat:DE136695976"]


def public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def did_key(seed: bytes) -> str:
    number = int.from_bytes(b"\xed\x01" + public(seed))
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "did:key:z" + text


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


# --- RFC 6962, section 2.1, word for word --------------------------------------------------------


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry)


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(entries: Sequence[bytes]) -> bytes:
    if not entries:
        return sha256(b"")
    if len(entries) == 1:
        return leaf(entries[0])
    k = split(len(entries))
    return node(mth(entries[:k]), mth(entries[k:]))


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole=whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], whole=False), mth(entries[:k])]


# --- C2SP signed-note and tlog-checkpoint --------------------------------------------------------


def key_id(name: str, seed: bytes) -> bytes:
    return sha256(name.encode() + b"\n\x01" + public(seed))[:4]


def vkey(name: str, seed: bytes) -> str:
    return f"{name}+{key_id(name, seed).hex()}+{b64(bytes([1]) + public(seed))}"


def note(text: str, *signers: tuple[str, bytes]) -> str:
    lines = [
        f"— {name} {b64(key_id(name, seed) + sign(seed, text.encode()))}\n"
        for name, seed in signers
    ]
    return text + "\n" + "".join(lines)


def checkpoint(entries: Sequence[bytes], origin: str = ORIGIN, seed: bytes = LOG_SEED) -> str:
    return note(f"{origin}\n{len(entries)}\n{b64(mth(entries))}\n", (origin, seed))


# --- the project's own formats -------------------------------------------------------------------


def jws(payload: bytes, *, seed: bytes = ISSUER_SEED, **header: Any) -> str:  # noqa: ANN401
    did = did_key(seed)
    fields = {"alg": "EdDSA", "cty": "vc", "kid": f"{did}#{did[8:]}", "typ": "vc+jwt"} | header
    signing_input = f"{b64url(rfc8785.dumps(fields))}.{b64url(payload)}"
    return f"{signing_input}.{b64url(sign(seed, signing_input.encode()))}"


def entry(statement: str, *, issuer: str, subjects: list[str], admitted: str = ADMITTED) -> bytes:
    return rfc8785.dumps(
        {
            "admittedAt": admitted,
            "digest": digest(statement.encode()),
            "issuer": issuer,
            "kind": "attestation",
            "subjects": sorted(subjects),
            "v": 1,
        }
    )


@dataclass
class Made:
    """A log with one real entry among six others, and the parts of its bundle."""

    statement: str
    entries: list[bytes]
    catalogue: dict[str, str]
    index: int = INDEX

    def value(self) -> dict[str, Any]:
        return {
            "anchors": [],
            "catalogue": dict(self.catalogue),
            "entry": self.entries[self.index].decode(),
            "keys": [],
            "log": {
                "checkpoint": checkpoint(self.entries),
                "inclusionProof": [b64(step) for step in path(self.index, self.entries)],
                "index": self.index,
            },
            "schemas": [],
            "statement": self.statement,
            "supporting": [],
            "v": 1,
        }

    def consistency(self, old: int) -> dict[str, Any]:
        return {"from": old, "proof": [b64(step) for step in subproof(old, self.entries)]}

    def bundle(self) -> bytes:
        return rfc8785.dumps(self.value())


def make(credential: dict[str, Any], catalogue: dict[str, str], **options: Any) -> Made:  # noqa: ANN401
    """Sign the credential as the fixed issuer, and log it between other entries.

    `{did}` in any text of the credential becomes the issuer's DID.
    """
    did = did_key(ISSUER_SEED)
    text = json.dumps(credential, separators=(",", ":"), ensure_ascii=False)
    statement = options.get("statement") or jws(text.replace("{did}", did).encode())
    subjects = options.get("subjects") or [s.replace("{did}", did) for s in SUBJECTS]
    admitted = options.get("admitted", ADMITTED)
    own = entry(statement, issuer=did, subjects=subjects, admitted=admitted)
    others = [entry(f"statement {n}", issuer=did, subjects=[f"mpn:OTHER-{n}"]) for n in range(SIZE)]
    entries = [*others[:INDEX], own, *others[INDEX + 1 :]]
    return Made(statement=statement, entries=entries, catalogue=catalogue)


def read_credential() -> dict[str, Any]:
    return copy.deepcopy(json.loads((HERE / "credential.json").read_text()))


def main() -> None:
    """Write the frozen vectors."""
    made = make(read_credential(), {"digest": digest(b"a catalogue"), "version": "1.0-draft.1"})
    vectors = {
        "comment": "Formats of version 1, frozen. Made by make.py without the project's code.",
        "issuerSeed": ISSUER_SEED.hex(),
        "issuer": did_key(ISSUER_SEED),
        "logSeed": LOG_SEED.hex(),
        "vkey": vkey(ORIGIN, LOG_SEED),
        "statement": made.statement,
        "digest": digest(made.statement.encode()),
        "entries": [data.decode() for data in made.entries],
        "index": made.index,
        "leaf": leaf(made.entries[made.index]).hex(),
        "root": mth(made.entries).hex(),
        "checkpoint": checkpoint(made.entries),
        "inclusionProof": [step.hex() for step in path(made.index, made.entries)],
        "consistencyProofs": {
            str(old): [step.hex() for step in subproof(old, made.entries)]
            for old in range(1, SIZE + 1)
        },
        "bundle": made.bundle().decode(),
        "bundleWithConsistency": rfc8785.dumps(
            made.value() | {"consistency": made.consistency(3)}
        ).decode(),
    }
    (HERE / "v1.json").write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
