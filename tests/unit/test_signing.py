"""Signing keys on disk, and the statements that they sign."""

import os
import stat
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from openquality import signing
from openquality.keeping.local import LocalSigner
from openquality_validator import envelope
from openquality_validator.errors import EnvelopeError, IdentityError, MalformedDocument
from openquality_validator.identity import KeyKind

KINDS = list(KeyKind)


def pem(key: Any) -> bytes:  # noqa: ANN401
    data: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return data


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_file_is_read_by_its_owner_alone_and_gives_the_key_back(
    kind: KeyKind, tmp_path: Path
) -> None:
    key, path = signing.generate(kind), tmp_path / "issuer.key"
    old = os.umask(0)  # the mode must not depend on the user's mask
    try:
        signing.write_key(path, key)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert signing.load_key(path) == key


@pytest.mark.parametrize("what", ["file", "dangling link"])
def test_an_existing_file_is_never_overwritten(what: str, tmp_path: Path) -> None:
    path = tmp_path / "issuer.key"
    if what == "file":
        path.write_bytes(b"precious")
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IdentityError) as refusal:
        signing.write_key(path, signing.generate())
    assert refusal.value.code == "K008"
    assert not (tmp_path / "elsewhere").exists()
    assert what != "file" or path.read_bytes() == b"precious"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_key_that_others_can_use_is_warned_about(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "issuer.key"
    signing.write_key(path, signing.generate())
    path.chmod(mode)
    with pytest.warns(signing.LooseKeyPermissions, match="chmod 600"):
        signing.load_key(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a key",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(x25519.X25519PrivateKey.generate()),
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(rsa.generate_private_key(65537, 2048)),
    ],
    ids=["empty", "text", "broken", "x25519", "p384", "rsa"],
)
def test_file_that_holds_no_usable_key(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "issuer.key"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(IdentityError) as refusal:
        signing.load_key(path)
    assert refusal.value.code == "K007"


def test_missing_key_file(tmp_path: Path) -> None:
    with pytest.raises(IdentityError) as refusal:
        signing.load_key(tmp_path / "none.key")
    assert refusal.value.code == "K007"


def test_a_keys_text_does_not_show_the_secret() -> None:
    key = signing.generate()
    assert isinstance(key.signer, LocalSigner)
    private = key.signer._private
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    assert private.private_bytes_raw().hex() not in repr(key)
    assert "Private" not in repr(key)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_signatures_have_a_low_s_and_the_right_length(kind: KeyKind) -> None:
    key = signing.generate(kind)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5
    for n in range(1_000 if kind is KeyKind.P256 else 10):
        message = n.to_bytes(2)
        signature = key.sign(message)
        assert len(signature) == 64
        assert kind is KeyKind.ED25519 or int.from_bytes(signature[32:]) <= order // 2
        assert key.public.accepts(signature, message)


def test_the_payload_is_compact_and_bytes_and_dict_sign_alike(maker: ModuleType) -> None:
    key = signing.generate()
    value: dict[str, Any] = maker.read_credential() | {"issuer": {"id": key.did, "name": "Möller"}}
    data = b"""{ "name" : "M\\u00f6ller" , "issuer" : { "id" : "%s" } }""" % key.did.encode()
    payload = envelope.parse_envelope(signing.sign(data, key)).payload
    assert payload == b'{"name":"M\xc3\xb6ller","issuer":{"id":"%s"}}' % key.did.encode()
    assert b": " not in envelope.parse_envelope(signing.sign(value, key)).payload


def test_ed25519_statements_are_repeatable() -> None:
    key = signing.generate()
    value = {"issuer": {"id": key.did}}
    assert signing.sign(value, key) == signing.sign(value, key)


@pytest.mark.parametrize(
    ("credential", "algorithm", "code"),
    [
        ({}, None, "J014"),
        ({"issuer": "did:key:z6Mk"}, None, "J014"),
        ({"issuer": {"id": signing.generate().did}}, None, "J014"),
        ("own", "ES256", "J016"),
        ("own", "none", "J016"),
        ("large", None, "J001"),
    ],
    ids=["no issuer", "issuer as text", "other issuer", "alg of another key", "none", "too large"],
)
def test_what_is_not_signed(credential: Any, algorithm: str | None, code: str) -> None:  # noqa: ANN401
    key = signing.generate()
    own: dict[str, Any] = {"issuer": {"id": key.did}}
    value = {"own": own, "large": own | {"x": "y" * 1_000_000}}.get(str(credential), credential)
    with pytest.raises(EnvelopeError) as refusal:
        signing.sign(value, key, algorithm=algorithm)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "credential",
    [b"{", b'{"a":1,"a":2}', {"issuer": {1, 2}}, {"n": 2**60}, {"s": "\ud800"}, {1: 2}],
    ids=["not JSON", "duplicate key", "set", "large integer", "lone surrogate", "integer key"],
)
def test_what_cannot_be_written_as_strict_json(credential: Any) -> None:  # noqa: ANN401
    with pytest.raises(MalformedDocument):
        signing.sign(credential, signing.generate())
