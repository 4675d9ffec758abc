"""Where keys are kept: sealed files as others write and read them, and what goes wrong."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import kept_keys
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from openquality import signing
from openquality.keeping import agreed, files, sealed
from openquality.keeping.local import LocalSigner
from openquality.keeping.passphrase import LEAST, PASSPHRASE, PIN, Wanted, ask, ask_new
from openquality.keeping.program import ProgramSigner
from openquality.keeping.protecting import Protection, convert
from openquality.keeping.ring import RingSigner
from openquality.keeping.sealed import SealedSigner
from openquality.keeping.token import Slot, TokenSigner
from openquality_validator import signatures
from openquality_validator.errors import IdentityError, MalformedDocument
from openquality_validator.identity import KeyKind

SECRET = kept_keys.PASSPHRASE


def given(_: Wanted) -> bytes:
    return SECRET


def mistyped(_: Wanted) -> bytes:
    return b"not the one"


def nobody(_: Wanted) -> bytes:
    raise AssertionError("nothing is asked for before it is needed")


def seal(kind: KeyKind = KeyKind.ED25519) -> tuple[LocalSigner, bytes]:
    key = LocalSigner.generate(kind)
    return key, SealedSigner.seal(key, SECRET, where="a.key").to_file()


def openssl(*arguments: str, data: bytes = b"") -> bytes:
    run = subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True)
    return run.stdout


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("OPENQUALITY_PASSPHRASE_FILE", "OPENQUALITY_PIN_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("kind", list(KeyKind))
def test_openssl_opens_a_sealed_file(kind: KeyKind, tmp_path: Path) -> None:
    key, data = seal(kind)
    (tmp_path / "secret").write_bytes(SECRET)
    opened = openssl("pkey", "-passin", f"file:{tmp_path}/secret", data=data)
    assert LocalSigner.of(load_pem_private_key(opened, None)).public == key.public
    assert openssl("pkey", "-pubin", data=data[data.index(b"-----BEGIN PUBLIC") :])


def test_the_work_of_trying_a_passphrase_is_what_the_guide_says() -> None:
    described = openssl("asn1parse", data=seal()[1]).decode()
    lines = [line.partition("prim:")[2].split() for line in described.splitlines()]
    prims = [words for words in lines if words]
    assert ["OBJECT", ":PBES2"] in prims
    at = prims.index(["OBJECT", ":scrypt"])
    salt, *numbers = prims[at + 1 : at + 5]
    assert len(salt[-1].partition(":")[2]) == 2 * 16
    assert numbers == [["INTEGER", ":4000"], ["INTEGER", ":08"], ["INTEGER", ":05"]]  # 2^14, 8, 5
    assert ["OBJECT", ":aes-256-cbc"] in prims


@pytest.mark.parametrize(
    "derivation", [("-scrypt",), ("-v2", "aes-128-cbc"), ("-v2prf", "hmacWithSHA512")]
)
def test_a_file_that_openssl_sealed_is_read(derivation: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    plain = openssl("genpkey", "-algorithm", "ed25519")
    data = openssl(
        "pkcs8", "-topk8", *derivation, "-passout", f"file:{tmp_path}/secret", data=plain
    )
    signer = files.parse(data, ask=given, where="a.key")
    assert signer.public == LocalSigner.from_file(plain).public
    assert signer.public.accepts(signer.sign(b"x"), b"x")
    with pytest.raises(IdentityError, match="K011"):
        files.parse(data, ask=mistyped, where="a.key")


def test_two_files_of_one_key_share_no_salt() -> None:
    key = LocalSigner.generate(KeyKind.ED25519)
    one, two = (SealedSigner.seal(key, SECRET, where="") for _ in range(2))
    assert one.to_file() != two.to_file()


def test_nothing_is_asked_for_before_the_first_signature_and_then_once() -> None:
    key, data = seal()
    asked: list[Wanted] = []

    def once(wanted: Wanted) -> bytes:
        asked.append(wanted)
        return SECRET

    signer = files.parse(data, ask=once, where="a.key")
    assert signer.public == key.public
    assert not asked
    assert signer.sign(b"x") == signer.sign(b"x") == key.sign(b"x")
    assert asked == [Wanted(PASSPHRASE, "a.key")]


def test_a_wrong_passphrase_that_happens_to_give_a_padding_is_wrong_too() -> None:
    class Garbage(LocalSigner):
        __slots__ = ()

        def to_der(self) -> bytes:
            return b"what another passphrase decrypts to"

    key = LocalSigner.generate(KeyKind.ED25519)
    data = sealed._written(Garbage(key.public, key._private), SECRET)
    with pytest.raises(IdentityError) as refusal:
        files.parse(data, ask=given, where="a.key").sign(b"x")
    assert refusal.value.code == "K011"


def test_a_public_key_that_is_not_of_the_sealed_one_is_refused() -> None:
    (_, one), (_, two) = seal(), seal()
    mixed = one[: one.index(b"-----BEGIN PUBLIC")] + two[two.index(b"-----BEGIN PUBLIC") :]
    with pytest.raises(IdentityError, match="K007"):
        files.parse(mixed, ask=given, where="a.key").sign(b"x")


@pytest.mark.parametrize("content", [b"secret words\n", b"secret words\r\n", b"secret words"])
def test_a_newline_at_the_end_of_a_file_is_no_part_of_the_secret(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    monkeypatch.setenv("OPENQUALITY_PIN_FILE", str(path))
    assert ask(Wanted(PIN, "nordbolt")) == b"secret words"


@pytest.mark.parametrize("content", [None, b"", b"\n"])
def test_a_file_that_gives_no_secret_is_said(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("OPENQUALITY_PASSPHRASE_FILE", str(path))
    with pytest.raises(IdentityError, match="K012") as refusal:
        ask(Wanted(PASSPHRASE, "a.key"))
    assert str(path) in str(refusal.value)


def test_a_short_new_passphrase_is_refused_and_an_old_one_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    path.write_text("ä" * (LEAST - 1))
    monkeypatch.setenv("OPENQUALITY_PASSPHRASE_FILE", str(path))
    with pytest.raises(IdentityError, match="K018"):
        ask_new(Wanted(PASSPHRASE, "a.key"))
    assert ask(Wanted(PASSPHRASE, "a.key")) == path.read_bytes()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "key file"),
        (b'{"signer":"keyring","v":1}', "publicKey"),
        (b'{"publicKey":"z6Mk","signer":"keyring","v":1}', "key file"),
        (b'{"publicKey":"KEY","signer":"cloud","v":1}', "'cloud'"),
        (b'{"publicKey":"KEY","signer":"pkcs11","token":"t","v":1}', "module"),
        (b'{"publicKey":"KEY","signer":"program","command":"rm -rf","v":1}', "list of texts"),
        (b'{"publicKey":"KEY","signer":"program","command":[],"v":1}', "list of texts"),
    ],
)
def test_a_key_file_that_says_nothing_usable(data: bytes, why: str) -> None:
    public = signing.generate().did.removeprefix("did:key:").encode()
    with pytest.raises(IdentityError, match="K007") as refusal:
        files.parse(data.replace(b"KEY", public), ask=nobody, where="a.key")
    assert why in str(refusal.value)


@pytest.mark.parametrize(
    ("package", "extra"), [("keyring", "openquality[keyring]"), ("pkcs11", "openquality[pkcs11]")]
)
def test_a_missing_extra_names_its_install(
    package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as Python marks what is not there
    public = LocalSigner.generate(KeyKind.ED25519).public
    agreed.agree("/token.so")
    token = TokenSigner(public, Slot("/token.so", "t", "l"), given)
    signer = RingSigner(public) if package == "keyring" else token
    with pytest.raises(IdentityError, match="K013") as refusal:
        signer.sign(b"x")
    assert extra in str(refusal.value)


@pytest.mark.parametrize(
    ("backend", "code"), [("fail", "K013"), ("null", "K013"), ("locked", "K015")]
)
def test_a_keyring_that_keeps_nothing_changes_no_key_file(
    backend: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring.backend
    import keyring.core
    import keyring.errors
    from keyring.backends import fail, null

    class Locked(keyring.backend.KeyringBackend):
        priority = -1

        def get_password(self, service: str, username: str) -> str | None:
            raise keyring.errors.KeyringLocked(service, username)

        def set_password(self, service: str, username: str, _: str) -> None:
            raise keyring.errors.KeyringLocked(service, username)

    made = {"fail": fail.Keyring, "null": null.Keyring, "locked": Locked}[backend]()
    monkeypatch.setattr(keyring.core, "_keyring_backend", made)
    path = tmp_path / "a.key"
    signing.write_key(path, signing.generate())
    before = path.read_bytes()
    with pytest.raises(IdentityError, match=code):
        convert([path], Protection.KEYRING)
    assert path.read_bytes() == before


def test_an_entry_that_left_the_keyring_is_missed(tmp_path: Path) -> None:
    (tmp_path / "ring").mkdir()
    with kept_keys.keyring(tmp_path / "ring"):
        signer = RingSigner.store(LocalSigner.generate(KeyKind.ED25519))
        again = files.parse(signer.to_file(), ask=nobody, where="a.key")
        signer.remove()
        with pytest.raises(IdentityError, match="K014"):
            again.sign(b"x")


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[Slot]:
    (tmp_path / "token").mkdir()
    with kept_keys.token(tmp_path / "token") as module:
        agreed.agree(module)
        yield Slot(module, kept_keys.TOKEN, "quality")


def pin(_: Wanted) -> bytes:
    return kept_keys.PIN.encode()


def take(slot: Slot) -> TokenSigner:
    return TokenSigner.take(slot, kind=KeyKind.ED25519, ask=pin)


def test_a_key_of_the_same_label_is_taken_and_not_made_anew(slot: Slot) -> None:
    assert take(slot).public == take(slot).public


def test_a_wrong_pin(slot: Slot) -> None:
    with pytest.raises(IdentityError, match="K011") as refusal:
        TokenSigner.take(slot, kind=KeyKind.ED25519, ask=mistyped)
    assert "not the one" not in str(refusal.value)


def test_a_token_that_is_not_there_and_a_key_that_is_not_in_it(slot: Slot) -> None:
    public = take(slot).public
    with pytest.raises(IdentityError, match="K014"):
        TokenSigner(public, Slot(slot.module, "another", slot.label), pin).sign(b"x")
    with pytest.raises(IdentityError, match="K014"):
        TokenSigner(public, Slot(slot.module, slot.token, "another"), pin).sign(b"x")


def test_a_token_that_holds_another_key_than_its_file_says(slot: Slot) -> None:
    take(slot)
    other = LocalSigner.generate(KeyKind.ED25519).public
    with pytest.raises(IdentityError, match="K017"):
        TokenSigner(other, slot, pin).sign(b"x")


def test_a_locked_token_says_who_unlocks_it() -> None:
    # SoftHSM locks no PIN, so the answer of a token that does is given by hand.
    import pkcs11

    from openquality.keeping import token

    refusal = token._refused(pkcs11.PinLocked(), Slot("/token.so", "nordbolt", "l"))
    assert refusal.code == "K015"
    assert "nordbolt" in str(refusal)


def test_a_module_that_does_not_load(tmp_path: Path) -> None:
    agreed.agree(str(tmp_path / "none.so"))
    with pytest.raises(IdentityError, match="K013"):
        take(Slot(str(tmp_path / "none.so"), "t", "l"))


def test_a_module_that_nobody_agreed_to_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(IdentityError, match="K019"):
        take(Slot(str(tmp_path / "none.so"), "t", "l"))


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("/no/such/program",), "K013"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "K017"),
        ((sys.executable, "-c", "print('approved')"), "K017"),
        ((sys.executable, "-c", "print('A' * 86 + '==')"), "K017"),  # 64 zero bytes in base64
        ((sys.executable, "-c", ""), "K017"),
    ],
    ids=["missing", "fails", "talks", "wrong signature", "silent"],
)
@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_program_that_does_not_sign(command: tuple[str, ...], code: str, kind: KeyKind) -> None:
    agreed.agree(*command)
    with pytest.raises(IdentityError, match=code):
        ProgramSigner(LocalSigner.generate(kind).public, command).sign(b"x")


@pytest.mark.parametrize("form", ["binary", "base64", "high"])
@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_program_answers_in_the_forms_of_the_services(
    form: str, kind: KeyKind, tmp_path: Path
) -> None:
    key = LocalSigner.generate(kind)
    files.write(tmp_path / "service.key", key.to_file())
    command = kept_keys.service(tmp_path, tmp_path / "service.key", form)
    agreed.agree(*command)
    signature = ProgramSigner(key.public, command).sign(b"x")
    signatures.check(key.public, signature, b"x")  # also that s is the low one


def test_other_arguments_of_an_agreed_program_are_another_command(tmp_path: Path) -> None:
    agreed.agree("/usr/bin/env", "true")
    public = LocalSigner.generate(KeyKind.ED25519).public
    ran = tmp_path / "ran"
    with pytest.raises(IdentityError, match="K019"):
        ProgramSigner(public, ("/usr/bin/env", "touch", str(ran))).sign(b"x")
    assert not ran.exists()


def test_a_broken_list_of_what_was_agreed_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "home" / "openquality").mkdir(parents=True)
    agreed.path().write_text("[]")
    with pytest.raises(MalformedDocument, match=r"signers\.json"):
        agreed.require("/token.so")
