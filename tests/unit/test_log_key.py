import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from openquality_registry.adapters.signing import LogKey
from openquality_registry.log.errors import UnusableKey
from openquality_validator.tlog import note
from openquality_validator.tlog.note import Note, VerifierKey

NAME = "log.example/a"


def test_a_new_key_is_loaded_again_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    made = LogKey.create(path, name=NAME)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert LogKey.load(path, name=NAME).vkey == made.vkey
    assert list(tmp_path.iterdir()) == [path]


def test_what_it_signs_verifies_under_its_verifier_key(tmp_path: Path) -> None:
    key = LogKey.create(tmp_path / "log.key", name=NAME)
    signed = Note.from_bytes(key.sign(b"a text\n"))
    assert note.verify(signed, [VerifierKey.from_text(key.vkey)])[0].name == NAME


def test_two_keys_differ(tmp_path: Path) -> None:
    one, two = (LogKey.create(tmp_path / name, name=NAME) for name in ("one", "two"))
    assert one.vkey != two.vkey


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    first = LogKey.create(path, name=NAME)
    with pytest.raises(FileExistsError):
        LogKey.create(path, name=NAME)
    assert LogKey.load(path, name=NAME).vkey == first.vkey
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o610])
def test_a_key_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "log.key"
    LogKey.create(path, name=NAME)
    path.chmod(mode)
    with pytest.raises(UnusableKey, match=f"mode {mode:o}"):
        LogKey.load(path, name=NAME)


def test_what_is_no_ed25519_key_is_refused(tmp_path: Path) -> None:
    made = LogKey.create(tmp_path / "log.key", name=NAME)
    ed25519 = load_pem_private_key((tmp_path / "log.key").read_bytes(), password=None)
    p256 = generate_private_key(SECP256R1())
    contents = [
        b"",
        b"not a key",
        made.vkey.encode(),
        p256.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        ed25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
    ]
    for number, content in enumerate(contents):
        path = tmp_path / str(number)
        path.touch(mode=0o600)
        path.write_bytes(content)
        with pytest.raises(UnusableKey):
            LogKey.load(path, name=NAME)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableKey, match=r"gone\.key cannot be read"):
        LogKey.load(tmp_path / "gone.key", name=NAME)
