import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openquality_validator.errors import LogFormatError, ProofError
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import note as notes
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import Note, VerifierKey

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/tlog/notes.json").read_text())
EXAMPLE = VECTORS["notes"][0]
KEY = VerifierKey.from_text(EXAMPLE["vkey"])
NOTE = EXAMPLE["note"].encode()

ORIGIN = "log.example/a"
SIGNER = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
LOG_KEY = VerifierKey.ed25519(ORIGIN, SIGNER.public_key().public_bytes_raw())
TREE = Checkpoint(ORIGIN, 3, bytes(range(32)))


def signed(text: str) -> bytes:
    return notes.sign(text, name=ORIGIN, key=SIGNER).to_bytes()


def test_the_published_note_verifies_under_its_published_key() -> None:
    note = Note.from_bytes(NOTE)
    assert note.text == EXAMPLE["text"]
    assert [(s.name, s.key_id.hex()) for s in note.signatures] == [
        (EXAMPLE["keyName"], EXAMPLE["keyId"])
    ]
    assert notes.verify(note, [KEY]) == (KEY,)
    assert note.to_bytes() == NOTE


def test_a_verifier_key_is_written_as_it_was_read() -> None:
    assert KEY.to_text() == EXAMPLE["vkey"]
    assert KEY.key_id.hex() == EXAMPLE["keyId"]


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "one\n\ntwo\n\n\nthree\n"
    assert Note.from_bytes(signed(text)).text == text


def test_sixteen_signatures_are_accepted_and_those_of_unknown_keys_ignored() -> None:
    note = Note.from_bytes(NOTE)
    others = [
        notes.sign(note.text, name=f"witness{at}.example", key=SIGNER).signatures[0]
        for at in range(15)
    ]
    many = Note(note.text, (*others, *note.signatures))
    assert notes.verify(Note.from_bytes(many.to_bytes()), [KEY]) == (KEY,)


def test_a_signature_with_a_known_name_and_another_id_is_ignored() -> None:
    other = notes.sign(EXAMPLE["text"], name=KEY.name, key=SIGNER).signatures[0]
    note = Note(EXAMPLE["text"], (other, *Note.from_bytes(NOTE).signatures))
    assert notes.verify(note, [KEY]) == (KEY,)


def test_a_wrong_signature_of_a_known_key_rejects_the_note_beside_a_good_one() -> None:
    good = Note.from_bytes(signed(TREE.to_text())).signatures
    bad = (notes.Signature(KEY.name, KEY.key_id, b"\x00" * 64),)
    for signatures in (good + bad, bad + good):
        with pytest.raises(ProofError) as error:
            notes.verify(Note(TREE.to_text(), signatures), [KEY, LOG_KEY])
        assert error.value.code == "L006"


def test_a_changed_text_rejects_the_note() -> None:
    with pytest.raises(ProofError) as error:
        notes.verify(Note.from_bytes(NOTE.replace(b"example message", b"Example message")), [KEY])
    assert error.value.code == "L006"


def test_a_note_that_no_known_key_signed_is_rejected() -> None:
    with pytest.raises(ProofError) as error:
        notes.verify(Note.from_bytes(NOTE), [LOG_KEY])
    assert error.value.code == "L007"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("L001", NOTE.replace(b"message", b"mess\xffge")),
        ("L001", NOTE.replace(b"message", b"mess\tge")),
        ("L001", NOTE.replace(b"message.\n", b"message.\r\n")),
        ("L001", b"x" * 1_000_001),
        ("L002", b""),
        ("L002", b"text\n"),
        ("L002", NOTE[:-1]),
        ("L002", NOTE.replace(b"\n\n", b"\n")),
        ("L003", NOTE + NOTE.split(b"\n\n")[1] * 100),
        ("L002", NOTE + b"\n"),
        ("L004", NOTE.replace("—".encode(), b"-")),
        ("L004", NOTE.replace(b"example.com/foo ", b"")),
        ("L004", NOTE.replace(b"example.com/foo ", b"example.com/foo  ")),
        ("L004", NOTE.replace(b"example.com/foo ", b"example.com+foo ")),
        ("L004", NOTE.replace(b"example.com/foo ", "example.com/\u00a0foo ".encode())),
        ("L004", NOTE.replace(b"QM=\n", b"QM\n")),
        ("L004", NOTE.replace(b"QM=\n", b"QN=\n")),  # stray bits after the last byte
        ("L004", NOTE.replace(b"Uw2QOkn8", b"Uw2Q*kn8")),
        ("L004", "text\n\n— example.com/foo Uw2QOg==\n".encode()),  # a key id and no signature
    ],
)
def test_a_malformed_note_is_refused(code: str, data: bytes) -> None:
    with pytest.raises(LogFormatError) as error:
        Note.from_bytes(data)
    assert error.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "exam ple.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_a_malformed_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(LogFormatError) as error:
        VerifierKey.from_text(text)
    assert error.value.code == "L005"


@pytest.mark.parametrize("text", ["", "no newline", "a\ttab\n"])
def test_a_text_that_no_reader_would_accept_is_not_signed(text: str) -> None:
    with pytest.raises(LogFormatError):
        signed(text)


@pytest.mark.parametrize("case", VECTORS["checkpoints"])
def test_the_published_checkpoint_is_read(case: dict[str, Any]) -> None:
    checkpoint, note = checkpoints.parse(case["note"].encode())
    assert checkpoint == Checkpoint(case["origin"], case["size"], bytes.fromhex(case["root"]))
    assert checkpoint.to_text() == note.text


def test_a_signed_checkpoint_verifies() -> None:
    found = checkpoints.verify(signed(TREE.to_text()), origin=ORIGIN, keys=[LOG_KEY])
    assert (found.checkpoint, found.signers) == (TREE, (LOG_KEY,))


def test_extension_lines_are_kept_when_reading() -> None:
    text = f"{TREE.to_text()}first extension\nsecond\n"
    checkpoint = Checkpoint.from_text(text)
    assert checkpoint.extensions == ("first extension", "second")
    assert checkpoint.to_text() == text


def test_a_checkpoint_of_another_log_is_refused_even_under_a_known_key() -> None:
    text = Checkpoint("log.example/b", 3, TREE.root).to_text()
    with pytest.raises(ProofError) as error:
        checkpoints.verify(signed(text), origin=ORIGIN, keys=[LOG_KEY])
    assert error.value.code == "L013"


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("L010", lambda _: "log.example/a\n3\n"),
        ("L010", lambda text: text[:-1]),
        ("L010", lambda text: "\n" + text),
        ("L010", lambda text: text + "\n"),
        ("L010", lambda text: text + "extension\n\nother\n"),
        ("L011", lambda text: text.replace("\n3\n", "\n03\n")),
        ("L011", lambda text: text.replace("\n3\n", "\n+3\n")),
        ("L011", lambda text: text.replace("\n3\n", "\n-3\n")),
        ("L011", lambda text: text.replace("\n3\n", "\n3 \n")),
        ("L011", lambda text: text.replace("\n3\n", "\n3e0\n")),
        ("L011", lambda text: text.replace("\n3\n", "\n٣\n")),
        ("L011", lambda text: text.replace("\n3\n", f"\n{2**63}\n")),
        ("L011", lambda text: text.replace("\n3\n", f"\n{'9' * 10_000}\n")),
        ("L012", lambda text: text.replace("=", "")),
        ("L012", lambda text: text.replace("AAEC", "AAE ")),
        ("L012", lambda text: text.replace("8=\n", "9=\n")),
        ("L012", lambda _: f"a\n1\n{base64.b64encode(bytes(31)).decode()}\n"),
    ],
)
def test_a_malformed_checkpoint_is_refused(code: str, change: Callable[[str], str]) -> None:
    text = change(TREE.to_text())
    assert text != TREE.to_text()
    with pytest.raises(LogFormatError) as error:
        Checkpoint.from_text(text)
    assert error.value.code == code
