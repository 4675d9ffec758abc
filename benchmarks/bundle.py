"""Offline verification of a bundle, against the bare cost of its parts."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import jsonschema_rs
import orjson
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

import openquality_schemas
from benchmarks import harness
from openquality import signing
from openquality_validator import bundle, catalogue, entry, envelope, validate
from openquality_validator.tlog import checkpoint, merkle, note
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import LogKey, Trust, TrustedLog

ORIGIN = "log.example/bench"
SIZE = 1_000_000
NOW = datetime(2026, 12, 1, tzinfo=UTC)
REPEAT = 400
ROUNDS = 15


def run() -> None:
    """Print microseconds for one bundle, ours and bare, and the ratio."""
    harness.heading("Verify a bundle offline")
    harness.machine("cryptography", "orjson", "jsonschema-rs", "rfc8785")
    made, trust = _make()
    read = bundle.Bundle.from_bytes(made)
    print(f"  bundle {len(made):,} bytes, statement {len(read.statement):,}, log of {SIZE:,}")
    record = envelope.credential(envelope.parse_envelope(read.statement).payload)
    parts = _bare(made, trust)
    together = "bare, one after another"
    contenders = {
        "openquality verify": lambda: bundle.verify(made, trust=trust, now=NOW),
        "of it, the statement": lambda: envelope.verify_statement(read.statement),
        "of that, the validation": lambda: validate.require_valid(record),
        # In one function, because each part finds the processor's caches as the others left them.
        together: lambda: [part() for part in parts.values()],
        **parts,
    }
    found = harness.alternate(ROUNDS, {name: _repeat(call) for name, call in contenders.items()})
    for name, seconds in found.items():
        print(f"  {name:26} {seconds / REPEAT * 1e6:8.1f} µs")
    ours = found["openquality verify"]
    print(f"  {REPEAT / ours:,.0f} bundles verified a second, on one core")
    harness.ratio("ours / bare", ours, found[together], "at most 1.5")


def _repeat(call: Callable[[], object]) -> Callable[[], None]:
    def many() -> None:
        for _ in range(REPEAT):
            call()

    return many


def _make() -> tuple[bytes, Trust]:
    key, log_key = signing.generate(), Ed25519PrivateKey.generate()
    issuer = json.loads(harness.example())["issuer"]["id"].encode()
    statement = signing.sign(harness.example().replace(issuer, key.did.encode()), key)
    credential = envelope.credential(envelope.parse_envelope(statement).payload).value
    logged = entry.rebuild(statement, credential, "2026-11-20T12:00:00.000Z").to_bytes()
    # A path through a tree of a million: its hashes may be any, the root follows from them.
    proof = [sha256(bytes([level])).digest() for level in range(20)]
    index = SIZE // 3
    root = merkle.root_from_inclusion(merkle.leaf_hash(logged), index, SIZE, proof)
    text = checkpoint.Checkpoint(ORIGIN, SIZE, root).to_text()
    signed = note.sign(text, name=ORIGIN, key=log_key).to_bytes()
    terms = catalogue.load(credential["catalogueVersion"])
    made = bundle.Bundle(
        statement=statement,
        entry=logged,
        index=index,
        checkpoint=signed,
        inclusion_proof=tuple(proof),
        catalogue_version=terms.version,
        catalogue_digest=terms.digest,
    ).to_bytes()
    verifier = VerifierKey.ed25519(ORIGIN, log_key.public_key().public_bytes_raw())
    trust = Trust(logs=(TrustedLog(ORIGIN, (LogKey(verifier),)),))
    verdict = bundle.verify(made, trust=trust, now=NOW)
    assert verdict.exit_code == 0, verdict.steps
    return made, trust


def _bare(data: bytes, trust: Trust) -> dict[str, Callable[[], object]]:
    """Return the parts that no verifier can do without, each as one call to its library."""
    value = orjson.loads(data)
    statement = value["statement"].encode()
    header, payload, signature = statement.split(b".")
    credential = base64.urlsafe_b64decode(payload + b"==")
    parsed = orjson.loads(credential)
    signing_input, raw_signature = (
        statement[: -len(signature) - 1],
        base64.urlsafe_b64decode(signature + b"=="),
    )
    read = bundle.Bundle.from_bytes(data)
    _, key = envelope.issuer_key(
        envelope.parse_envelope(statement), envelope.credential(credential)
    )
    issuer = Ed25519PublicKey.from_public_bytes(key.raw)
    head, signed = checkpoint.parse(read.checkpoint)
    text, log_signature = signed.text.encode(), signed.signatures[0].signature
    log = Ed25519PublicKey.from_public_bytes(trust.logs[0].keys[0].verifier.public)
    schema = jsonschema_rs.validator_for(
        openquality_schemas.attestation_schema(), validate_formats=True
    )

    def signatures() -> None:
        issuer.verify(raw_signature, signing_input)
        log.verify(log_signature, text)

    def hashes() -> None:
        sha256(statement).digest()
        merkle.root_from_inclusion(
            merkle.leaf_hash(read.entry), read.index, head.size, read.inclusion_proof
        )

    def parse() -> None:
        orjson.loads(data)
        orjson.loads(base64.urlsafe_b64decode(header + b"=="))
        orjson.loads(base64.urlsafe_b64decode(payload + b"=="))
        orjson.loads(read.entry)

    return {
        "bare: two signatures": signatures,
        "bare: hashes": hashes,
        "bare: parse": parse,
        "bare: schema": lambda: schema.is_valid(parsed),
        "bare: RFC 8785 (rfc8785)": lambda: rfc8785.dumps(value),
    }
