"""The envelope: what is accepted, and every token that must not pass, named by its defect."""

import base64
import hashlib
import hmac
import json
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

import openquality_schemas
from openquality import signing
from openquality_validator import envelope, identity
from openquality_validator.errors import InvalidInput
from openquality_validator.identity import KeyKind
from openquality_validator.records import InvalidRecord

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# Fixed keys, since test names hold their DIDs and every worker must collect the same names.
_PRIVATE = {
    KeyKind.ED25519: Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    KeyKind.P256: derive_private_key(0x0123456789ABCDEF, SECP256R1()),
}
KEYS = {
    kind: signing.SigningKey.from_pem(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    for kind, private in _PRIVATE.items()
}
KEY = KEYS[KeyKind.ED25519]
EC = KEYS[KeyKind.P256]


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def unb64(data: bytes) -> bytes:
    return base64.urlsafe_b64decode(data + b"==")


@pytest.fixture
def credential(maker: ModuleType) -> dict[str, Any]:
    """Give a valid credential of KEY's owner."""
    return credential_of(maker, KEY)


def credential_of(maker: ModuleType, key: signing.SigningKey) -> dict[str, Any]:
    text = json.dumps(maker.read_credential()).replace("{did}", key.did)
    value: dict[str, Any] = json.loads(text)
    value["credentialSchema"]["digestSRI"] = openquality_schemas.attestation_sri()
    return value


def header_of(key: signing.SigningKey) -> dict[str, Any]:
    alg = "EdDSA" if key.public.kind is KeyKind.ED25519 else "ES256"
    return {"alg": alg, "cty": "vc", "kid": identity.key_id(key.did), "typ": "vc+jwt"}


def token(
    credential: dict[str, Any] | bytes,
    *,
    key: signing.SigningKey = KEY,
    header: dict[str, Any] | bytes | None = None,
) -> bytes:
    """Sign whatever header and payload, as an attacker with a key of their own can."""
    head = header_of(key) if header is None else header
    first = head if isinstance(head, bytes) else json.dumps(head).encode()
    second = credential if isinstance(credential, bytes) else json.dumps(credential).encode()
    signing_input = b64(first) + b"." + b64(second)
    return signing_input + b"." + b64(key.sign(signing_input))


def code_of(data: bytes) -> str:
    with pytest.raises(InvalidInput) as refusal:
        envelope.verify_statement(data)
    return refusal.value.code


def jose_key(key: signing.SigningKey) -> OKPKey | ECKey:
    kind = OKPKey if key.public.kind is KeyKind.ED25519 else ECKey
    return kind.import_key(key.to_pem())


# --- what is accepted -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "alg"),
    [(KeyKind.ED25519, "EdDSA"), (KeyKind.ED25519, "Ed25519"), (KeyKind.P256, "ES256")],
)
def test_joserfc_reads_what_we_sign_and_we_read_what_it_signs(
    kind: KeyKind, alg: str, maker: ModuleType
) -> None:
    key = KEYS[kind]
    value = credential_of(maker, key)
    ours = signing.sign(value, key, algorithm=alg)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc calls EdDSA deprecated since RFC 9864
        read = jws.deserialize_compact(ours, jose_key(key), algorithms=[alg])
        theirs = jws.serialize_compact(
            header_of(key) | {"alg": alg}, json.dumps(value), jose_key(key), algorithms=[alg]
        ).encode()
    assert json.loads(read.payload) == value
    if kind is KeyKind.P256:
        theirs = low_s(theirs)  # a JOSE library writes either half
    verified = envelope.verify_statement(theirs)
    assert verified.value == value
    assert verified.issuer == key.did
    assert verified.key_id == identity.key_id(key.did)
    assert verified.identity_level == "L0"
    assert verified.digest == "sha256:" + hashlib.sha256(theirs).hexdigest()
    assert verified.valid.record.data == json.dumps(value).encode()


def low_s(statement: bytes) -> bytes:
    signing_input, _, signature = statement.rpartition(b".")
    r, s = unb64(signature)[:32], int.from_bytes(unb64(signature)[32:])
    return signing_input + b"." + b64(r + min(s, P256_ORDER - s).to_bytes(32))


def test_unknown_header_parameters_and_a_missing_cty_are_ignored(
    credential: dict[str, Any],
) -> None:
    header = header_of(KEY) | {"x-note": "hello", "x5t": "thumbprint", "iss": "someone"}
    del header["cty"]
    assert envelope.verify_statement(token(credential, header=header)).issuer == KEY.did


def test_jwt_claims_that_repeat_the_credential_are_accepted_and_left_out(
    credential: dict[str, Any],
) -> None:
    claims = {
        "iss": KEY.did,
        "sub": credential["credentialSubject"]["id"],
        "jti": credential["id"],
        "iat": 1791185400,  # 2026-10-05T09:30:00+02:00, as `date -d … +%s` gives it
        "nbf": 1791185400,
        "exp": 1806883200,  # 2027-04-05T00:00:00Z
    }
    verified = envelope.verify_statement(token(credential | claims))
    assert verified.value == credential
    assert json.loads(verified.valid.record.data) == credential | claims


# --- the three parts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t[:0], "J002"),
        (lambda t: t.rpartition(b".")[0], "J002"),
        (lambda t: t + b".", "J002"),
        (lambda t: t + b".e30", "J002"),
        (lambda t: t + b"=", "J003"),
        (lambda t: t + b"\n", "J003"),
        (lambda t: b" " + t, "J003"),
        (lambda t: t + b"\xff", "J003"),
        (lambda t: t + b"A", "J011"),
        (lambda t: t + b"AAAA", "J011"),
        (lambda t: t.replace(b".", b"..", 1), "J002"),
        (lambda t: b"." + t.partition(b".")[2], "J003"),
        (lambda t: t.rpartition(b".")[0] + b".", "J003"),
        (lambda t: t[:100] + b"\r\n" + t[100:], "J003"),
        (lambda t: t[:300] + b"*" + t[301:], "J003"),
        (lambda t: t.rpartition(b".")[0] + b"." + b"+" * 86, "J003"),
        (lambda t: t.rpartition(b".")[0] + b"." + b"A" * 85, "J003"),
        (lambda t: t + b" " * 1_048_576, "J001"),
    ],
    ids=[
        "empty",
        "no signature",
        "trailing dot",
        "fourth part",
        "padding",
        "newline at the end",
        "leading space",
        "byte that is not ASCII",
        "one character too many",
        "trailing bytes",
        "two dots",
        "empty header",
        "empty signature",
        "line break inside",
        "character outside the alphabet",
        "the other base64 alphabet",
        "impossible length",
        "too large",
    ],
)
def test_token_in_another_form(change: Any, code: str, credential: dict[str, Any]) -> None:  # noqa: ANN401
    assert code_of(change(token(credential))) == code


def test_spare_bits_of_the_signature_are_no_second_spelling(credential: dict[str, Any]) -> None:
    data = token(credential)
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = data[:-1] + bytes([alphabet[alphabet.index(data[-1]) + 1]])
    assert unb64(twin.rpartition(b".")[2]) == unb64(data.rpartition(b".")[2])
    assert code_of(twin) == "J003"


# --- the header -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"typ": "JWT"}, "J005"),
        ({"typ": None}, "J005"),
        ({"typ": "VC+JWT"}, "J005"),
        ({"typ": "application/vc+jwt"}, "J005"),
        ({"cty": "json"}, "J006"),
        ({"cty": None}, "J006"),
        ({"crit": ["exp"]}, "J007"),
        ({"crit": []}, "J007"),
        ({"b64": False, "crit": ["b64"]}, "J007"),
        ({"jwk": {"kty": "OKP"}}, "J008"),
        ({"jku": "https://evil.example/keys"}, "J008"),
        ({"x5u": "https://evil.example/cert"}, "J008"),
        ({"x5c": []}, "J008"),
        ({"alg": "none"}, "J009"),
        ({"alg": "None"}, "J009"),
        ({"alg": "HS256"}, "J009"),
        ({"alg": "ES384"}, "J009"),
        ({"alg": "RS256"}, "J009"),
        ({"alg": ["EdDSA"]}, "J009"),
        ({"alg": {}}, "J009"),
        ({"alg": None}, "J009"),
        ({"kid": None}, "J010"),
        ({"kid": 7}, "J010"),
        ({"kid": ""}, "J010"),
        ({"kid": "#key-1"}, "J010"),
        ({"kid": KEY.did}, "J010"),
        ({"kid": KEY.did + "#"}, "J010"),
        ({"kid": "https://example.com/key#1"}, "J010"),
        ({"kid": "did:key:z6Mk#" + "x" * 2_048}, "J010"),
        ({"kid": KEY.did + "#other"}, "J015"),
        ({"kid": KEY.did + "?v=1#" + KEY.did[8:]}, "J014"),
        ({"kid": EC.did + "#" + EC.did[8:]}, "J014"),
        ({"alg": "ES256"}, "J016"),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else value,
)
def test_header_rule_broken(change: dict[str, Any], code: str, credential: dict[str, Any]) -> None:
    assert code_of(token(credential, header=header_of(KEY) | change)) == code


@pytest.mark.parametrize("name", ["alg", "kid", "typ"])
def test_header_without(name: str, credential: dict[str, Any]) -> None:
    header = header_of(KEY)
    del header[name]
    expected = {"alg": "J009", "kid": "J010", "typ": "J005"}[name]
    assert code_of(token(credential, header=header)) == expected


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"[]",
        b'"EdDSA"',
        json.dumps(header_of(KEY)).encode()[:-1] + b',"alg":"none"}',
        json.dumps(header_of(KEY)).encode()[:-1] + b',"x":"\\ud800"}',
        json.dumps(header_of(KEY)).encode()[:-1] + b',"x":1e999}',
        json.dumps(header_of(KEY)).encode() + b"{}",
        b"\xef\xbb\xbf" + json.dumps(header_of(KEY)).encode(),
        json.dumps(header_of(KEY) | {"x": "y" * 4_096}).encode(),
        b'{"x":' + b"[" * 2_000 + b"]" * 2_000 + b"}",
    ],
    ids=[
        "empty",
        "not JSON",
        "a list",
        "a text",
        "duplicate key",
        "lone surrogate",
        "number beyond range",
        "trailing bytes",
        "byte order mark",
        "too large",
        "nested too deep",
    ],
)
def test_header_that_is_not_strict_json(header: bytes, credential: dict[str, Any]) -> None:
    assert code_of(token(credential, header=header)) == ("J004" if header else "J003")


def test_hmac_token_made_from_the_public_key(credential: dict[str, Any]) -> None:
    # The classic confusion: the public key, known to all, used as the secret of HS256.
    public = Ed25519PrivateKey.generate().public_key()
    for secret in (
        KEY.public.raw,
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ):
        header = json.dumps(header_of(KEY) | {"alg": "HS256"}).encode()
        signing_input = b64(header) + b"." + b64(json.dumps(credential).encode())
        mac = hmac.digest(secret, signing_input, "sha256")
        assert code_of(signing_input + b"." + b64(mac)) == "J009"


def test_unsigned_token(credential: dict[str, Any]) -> None:
    header = json.dumps(header_of(KEY) | {"alg": "none"}).encode()
    assert code_of(b64(header) + b"." + b64(json.dumps(credential).encode()) + b".") == "J009"


# --- the payload ----------------------------------------------------------------------------------


def test_duplicate_key_in_the_payload(credential: dict[str, Any]) -> None:
    payload = json.dumps(credential).encode()[:-1] + b',"name":"another"}'
    assert code_of(token(payload)) == "D004"


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"[]", "D006"), (b"{", "D003"), (b"\xff", "D002"), (b"{}", "J013")],
)
def test_payload_that_is_no_credential(payload: bytes, code: str) -> None:
    assert code_of(token(payload)) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"vc": {}}, "J018"),
        ({"vp": {}}, "J018"),
        ({"issuer": EC.did}, "J013"),
        ({"issuer": {"id": None}}, "J013"),
        ({"issuer": {"id": EC.did, "name": "x"}}, "J014"),
        ({"iss": EC.did}, "J019"),
        ({"iss": None}, "J019"),
        ({"sub": "urn:other"}, "J019"),
        ({"jti": "urn:uuid:other"}, "J019"),
        ({"nbf": 1791185401}, "J019"),
        ({"nbf": "1791185400"}, "J019"),
        ({"iat": 1791185400.5}, "J019"),
        ({"iat": True}, "J019"),
        ({"exp": 1806883199}, "J019"),
        ({"exp": 2**53 - 1}, "J019"),
        ({"exp": 1806883200, "validUntil": "tomorrow"}, "J019"),
        ({"exp": 1806883200, "validUntil": "2027-04-05T00:00:00"}, "J019"),
        ({"exp": 0, "validUntil": "0001-01-01T00:00:00+14:00"}, "J019"),
        ({"exp": 1806883200, "validUntil": 1806883200}, "J019"),
        ({"sub": "x", "credentialSubject": []}, "J019"),
    ],
    ids=lambda value: json.dumps(value)[:48] if isinstance(value, dict) else value,
)
def test_claims_beside_the_credential(
    change: dict[str, Any], code: str, credential: dict[str, Any]
) -> None:
    assert code_of(token(credential | change)) == code


def test_valid_signature_over_an_invalid_record_reports_every_finding(
    credential: dict[str, Any],
) -> None:
    del credential["validFrom"]
    del credential["credentialSubject"]["claims"][0]["period"]
    with pytest.raises(InvalidRecord) as refusal:
        envelope.verify_statement(token(credential))
    assert {finding.pointer for finding in refusal.value.report.errors} == {
        "",
        "/credentialSubject/claims/0",
    }


# --- the signature --------------------------------------------------------------------------------


def test_tampered_payload(credential: dict[str, Any]) -> None:
    header, payload, signature = token(credential).split(b".")
    better = b64(unb64(payload).replace(b"97.7181", b"99.9999"))
    assert better != payload
    assert code_of(header + b"." + better + b"." + signature) == "J017"


def test_tampered_header(credential: dict[str, Any]) -> None:
    _, payload, signature = token(credential).split(b".")
    header = b64(json.dumps(header_of(KEY) | {"alg": "Ed25519"}).encode())
    assert code_of(header + b"." + payload + b"." + signature) == "J017"


def test_signature_by_another_key_under_the_issuers_kid(credential: dict[str, Any]) -> None:
    thief = signing.generate()
    assert code_of(token(credential, key=thief, header=header_of(KEY))) == "J017"


def test_high_s_twin(maker: ModuleType) -> None:
    statement = signing.sign(credential_of(maker, EC), EC)
    signing_input, _, signature = statement.rpartition(b".")
    r, s = unb64(signature)[:32], int.from_bytes(unb64(signature)[32:])
    twin = signing_input + b"." + b64(r + (P256_ORDER - s).to_bytes(32))
    # The library accepts both: without the rule one statement would have two digests.
    assert EC.public.accepts(r + (P256_ORDER - s).to_bytes(32), signing_input)
    assert envelope.verify_statement(statement).issuer == EC.did
    assert code_of(twin) == "J012"


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (0, 0), (P256_ORDER, 1)])
def test_es256_signature_outside_its_range(r: int, s: int, maker: ModuleType) -> None:
    signing_input, _, _ = signing.sign(credential_of(maker, EC), EC).rpartition(b".")
    forged = r.to_bytes(32) + s.to_bytes(32)
    assert code_of(signing_input + b"." + b64(forged)) == "J017"


def test_es256_signature_in_der(maker: ModuleType) -> None:
    signing_input, _, _ = signing.sign(credential_of(maker, EC), EC).rpartition(b".")
    assert code_of(signing_input + b"." + b64(b"\x30\x44" + bytes(68))) == "J011"


def test_small_order_key_that_would_sign_for_anyone(credential: dict[str, Any]) -> None:
    did = "did:key:z" + identity.base58_encode(b"\xed\x01" + b"\x01" + bytes(31))
    text = json.dumps(credential).replace(KEY.did, did).encode()
    header = header_of(KEY) | {"kid": identity.key_id(did)}
    signing_input = b64(json.dumps(header).encode()) + b"." + b64(text)
    assert code_of(signing_input + b"." + b64(b"\x01" + bytes(63))) == "K005"


def test_issuer_of_a_method_that_is_not_read_yet(credential: dict[str, Any]) -> None:
    text = json.dumps(credential).replace(KEY.did, "did:web:example.com").encode()
    header = header_of(KEY) | {"kid": "did:web:example.com#key-1"}
    assert code_of(token(text, header=header)) == "K001"


def test_nothing_but_verification_makes_verified_records() -> None:
    root = Path(__file__).parents[2]
    makers = {
        source.relative_to(root).as_posix()
        for folder in ("validator", "registry", "sdk")
        for source in (root / folder).rglob("*.py")
        if "VerifiedRecord(" in source.read_text(encoding="utf-8")
    }
    assert makers == {
        # Reads anew what this registry verified when it came in.
        "registry/openquality_registry/adapters/sql/derived.py",
        "validator/openquality_validator/bundle/steps.py",
        # Reads the entries of a log whose statements were verified when they came in.
        "validator/openquality_validator/conformity/heard.py",
        "validator/openquality_validator/envelope.py",
        # Holds drafts for a preview under a profile, which is called one and never signed.
        "validator/openquality_validator/profiles/held.py",
    }
