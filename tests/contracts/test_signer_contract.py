"""Every way of keeping a key keeps the promises of the port `Signer`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kept_keys
import pytest

from openquality import signing
from openquality.keeping import agreed, files
from openquality.keeping.local import LocalSigner
from openquality.keeping.passphrase import Wanted
from openquality.keeping.program import ProgramSigner
from openquality.keeping.ring import RingSigner
from openquality.keeping.sealed import SealedSigner
from openquality.keeping.signer import Signer
from openquality.keeping.token import Slot, TokenSigner
from openquality_validator import envelope
from openquality_validator.errors import IdentityError
from openquality_validator.identity import KeyKind
from openquality_validator.signatures import P256_ORDER

Make = Callable[[KeyKind], Signer]
SECRETS = {"passphrase": kept_keys.PASSPHRASE, "PIN": kept_keys.PIN.encode()}


def answer(wanted: Wanted) -> bytes:
    return SECRETS[wanted.kind]


@pytest.fixture(scope="module")
def token_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with kept_keys.token(tmp_path_factory.mktemp("token")) as module:
        yield module


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with kept_keys.keyring(tmp_path_factory.mktemp("ring")):
        yield


@pytest.fixture(params=["plain", "sealed", "keyring", "token", "program"])
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Give what makes a key that is kept in one way."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    way = request.param
    if way == "keyring":
        request.getfixturevalue("ring")
    module = request.getfixturevalue("token_module") if way == "token" else ""

    def made(kind: KeyKind) -> Signer:
        key = LocalSigner.generate(kind)
        if way == "plain":
            return key
        if way == "sealed":
            return SealedSigner.seal(key, kept_keys.PASSPHRASE, where="a.key")
        if way == "keyring":
            return RingSigner.store(key)
        if way == "token":
            agreed.agree(module)
            slot = Slot(module, kept_keys.TOKEN, f"test {kind}")
            return TokenSigner.take(slot, kind=kind, ask=answer)
        service_key = tmp_path / "service.key"
        service_key.unlink(missing_ok=True)
        files.write(service_key, key.to_file())
        command = kept_keys.service(tmp_path, service_key)
        agreed.agree(*command)
        return ProgramSigner(key.public, command)

    return made


def found_again(signer: Signer) -> Signer:
    return files.parse(signer.to_file(), ask=answer, where="a.key")


@pytest.mark.parametrize("kind", list(KeyKind))
def test_signatures_are_of_the_public_key_and_have_one_form(make: Make, kind: KeyKind) -> None:
    signer = make(kind)
    assert signer.public.kind is kind
    # A process is started for each signature of a program.
    for number in range(3 if isinstance(signer, ProgramSigner) else 12):
        signed = bytes(number)
        signature = signer.sign(signed)
        assert len(signature) == 64
        assert signer.public.accepts(signature, signed)
        assert not signer.public.accepts(signature, signed + b"!")
        assert kind is KeyKind.ED25519 or int.from_bytes(signature[32:]) <= P256_ORDER // 2


@pytest.mark.parametrize("kind", list(KeyKind))
def test_the_key_file_finds_the_same_key_again(make: Make, kind: KeyKind) -> None:
    signer = make(kind)
    again = found_again(signer)
    assert type(again) is type(signer)
    assert again.public == signer.public
    assert again.to_file() == signer.to_file()
    assert signer.public.accepts(again.sign(b"x"), b"x")


def test_a_statement_is_signed_and_verifies(make: Make) -> None:
    key = signing.SigningKey.of(found_again(make(KeyKind.P256)))
    statement = signing.sign({"issuer": {"id": key.did}}, key)
    parsed = envelope.parse_envelope(statement)
    assert parsed.header.kid == key.key_id
    envelope.verify_signature(parsed, key.public)


def test_another_key_is_kept_in_the_same_way_or_it_is_said_why_not(make: Make) -> None:
    signer = make(KeyKind.ED25519)
    if isinstance(signer, ProgramSigner):
        with pytest.raises(IdentityError, match=r"K016.*--new-key"):
            signer.successor(KeyKind.ED25519)
        return
    other = found_again(signer.successor(KeyKind.P256))
    assert type(other) is type(signer)
    assert other.public.kind is KeyKind.P256
    assert other.public.accepts(other.sign(b"x"), b"x")
    assert signer.public.accepts(signer.sign(b"x"), b"x")  # the first one is still there


def test_no_secret_is_shown_or_written_where_it_should_not_be(make: Make) -> None:
    signer = make(KeyKind.ED25519)
    signer.sign(b"x")
    secrets = [kept_keys.PASSPHRASE, kept_keys.PIN.encode()]
    if hasattr(signer, "unlocked"):
        secrets.append(_scalar(signer.unlocked()))
    shown = (repr(signer) + repr(signing.SigningKey.of(signer))).encode()
    assert not [each for each in secrets if each in shown or each.hex().encode() in shown]
    if not isinstance(signer, LocalSigner):
        assert b"BEGIN PRIVATE KEY" not in signer.to_file()
        assert not [each for each in secrets if each in signer.to_file()]


def _scalar(key: LocalSigner) -> bytes:
    private: Any = key._private
    raw: bytes = private.private_bytes_raw()
    return raw
