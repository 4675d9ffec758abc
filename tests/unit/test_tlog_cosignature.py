"""Cosignatures, policies and requests to witnesses, as C2SP says."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openquality_validator.errors import LogFormatError, ProofError
from openquality_validator.tlog import cosignature, witness
from openquality_validator.tlog.note import COSIGNATURE, Note, VerifierKey
from openquality_validator.tlog.policy import Policy

# The example of C2SP tlog-cosignature: a checkpoint with one cosignature.
EXAMPLE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501 - signature lines have no breaks
TEXT = EXAMPLE.partition("\n\n")[0] + "\n"
MOMENT = datetime(2023, 3, 20, 12, 25, 47, tzinfo=UTC)  # 1679315147, as in the page's message


def key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def verifier(name: str) -> VerifierKey:
    public = key(name).public_key().public_bytes_raw()
    return VerifierKey.ed25519(name, public, kind=COSIGNATURE)


def cosigned(*names: str, moment: datetime = MOMENT) -> Note:
    lines = [cosignature.cosign(TEXT, name=n, key=key(n), moment=moment) for n in names]
    return Note(TEXT, tuple(lines))


def test_the_published_example_reads_and_states_its_time() -> None:
    line = Note.from_bytes(EXAMPLE.encode()).signatures[1]
    assert (line.name, line.key_id.hex()) == ("witness.example.com/w1", "8d66cf3f")
    assert len(line.signature) == 8 + 64
    assert int.from_bytes(line.signature[:8]) == 1679315147


def test_a_cosignature_covers_header_time_and_text() -> None:
    (line,) = cosigned("w.example/1").signatures
    message = b"cosignature/v1\ntime 1679315147\n" + TEXT.encode()
    key("w.example/1").public_key().verify(line.signature[8:], message)
    public = key("w.example/1").public_key().public_bytes_raw()
    # By hand, as the page says: SHA-256(name || "\n" || 0x04 || key)[:4].
    assert line.key_id == hashlib.sha256(b"w.example/1\n\x04" + public).digest()[:4]


def test_a_witness_key_is_read_as_one_and_not_as_a_log_key() -> None:
    text = verifier("w.example/1").to_text()
    assert VerifierKey.from_text(text, kind=COSIGNATURE) == verifier("w.example/1")
    with pytest.raises(LogFormatError, match="L005"):
        VerifierKey.from_text(text)


def test_known_witnesses_are_proved_and_unknown_ones_ignored() -> None:
    note = cosigned("w.example/1", "w.example/2")
    (proved,) = cosignature.verify(note, [verifier("w.example/2"), verifier("w.example/3")])
    assert (proved.key.name, proved.moment) == ("w.example/2", MOMENT)


@pytest.mark.parametrize("place", [0, 7, 8, 71])
def test_a_changed_byte_of_a_known_witness_refutes_the_note(place: int) -> None:
    (line,) = cosigned("w.example/1").signatures
    changed = bytearray(line.signature)
    changed[place] ^= 1
    note = Note(TEXT, (type(line)(line.name, line.key_id, bytes(changed)),))
    with pytest.raises((ProofError, LogFormatError), match=r"L006|L060"):
        cosignature.verify(note, [verifier("w.example/1")])


def test_a_line_of_another_length_is_malformed() -> None:
    (line,) = cosigned("w.example/1").signatures
    note = Note(TEXT, (type(line)(line.name, line.key_id, line.signature + b"\0"),))
    with pytest.raises(LogFormatError, match="L060"):
        cosignature.verify(note, [verifier("w.example/1")])


POLICY = f"""
# two organisations
log {VerifierKey.ed25519("log.example", key("log").public_key().public_bytes_raw()).to_text()}
witness X1\t{verifier("x1").to_text()} https://x1.example/
witness X2 {verifier("x2").to_text()}
witness X3 {verifier("x3").to_text()}
  group X 2 X1 X2 X3
witness Y1 {verifier("y1").to_text()}
witness Y2 {verifier("y2").to_text()}
group Y any Y1 Y2
group both all X Y
quorum both
"""


@pytest.mark.parametrize(
    ("signers", "met"),
    [
        ("x1 x2 y1", True),
        ("x1 x2 x3 y1 y2", True),
        ("x2 x3 y2", True),
        ("x1 x2 x3", False),
        ("x1 y1 y2", False),
        ("", False),
    ],
)
def test_groups_weigh_their_members(signers: str, met: bool) -> None:  # noqa: FBT001 - a column
    policy = Policy.from_text(POLICY)
    assert policy.met([verifier(name) for name in signers.split()]) is met


def test_a_quorum_had_signed_when_its_last_needed_witness_did() -> None:
    policy = Policy.from_text(POLICY)
    times = {"x1": 5, "x2": 1, "x3": 9, "y1": 3, "y2": 8}
    given = [
        cosignature.Cosignature(verifier(name), datetime(2026, 1, 1, 0, minute, tzinfo=UTC))
        for name, minute in times.items()
    ]
    # x2 at 1, y1 at 3, x1 at 5: then both groups have enough.
    assert policy.since(given) == datetime(2026, 1, 1, 0, 5, tzinfo=UTC)
    assert policy.since(given[:3]) is None
    assert Policy.from_text("quorum none\n").since(given) is None
    assert Policy.from_text("quorum none\n").met([])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "L064"),
        ("quorum none\nquorum none\n", "L064"),
        ("quorum\n", "L064"),
        ("quorum X\n", "L063"),
        ("group g any g\nquorum g\n", "L063"),
        ("group g any\nquorum g\n", "L061"),
        ("group g\nquorum none\n", "L061"),
        ("trust me\n", "L061"),
        ("quorum none\r\n", "L061"),
        (f"witness none {verifier('x1').to_text()}\nquorum none\n", "L063"),
        (f"witness a {verifier('x1').to_text()}\nwitness a {verifier('x2').to_text()}\n", "L063"),
        (f"witness a {verifier('x1').to_text()}\nwitness b {verifier('x1').to_text()}\n", "L062"),
        (f"log {verifier('x1').to_text()}\nquorum none\n", "L062"),
        (f"witness a {verifier('x1').to_text()[:-2]}\nquorum a\n", "L062"),
        (f"witness a {verifier('x1').to_text()}\ngroup g 2 a\nquorum g\n", "L061"),
        (f"witness a {verifier('x1').to_text()}\ngroup g 01 a\nquorum g\n", "L061"),
        (f"witness a {verifier('x1').to_text()}\ngroup g any a a\nquorum g\n", "L063"),
        (
            f"witness a {verifier('x1').to_text()}\ngroup g any a\ngroup h any a\nquorum h\n",
            "L063",
        ),
    ],
)
def test_a_policy_that_breaks_a_rule_is_refused(text: str, code: str) -> None:
    with pytest.raises(LogFormatError) as error:
        Policy.from_text(text)
    assert error.value.code == code


# The request and the answers of C2SP tlog-witness.
REQUEST = f"""\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

{EXAMPLE}"""


def test_the_published_request_reads_and_is_written_the_same() -> None:
    request = witness.Request.from_bytes(REQUEST.encode())
    assert (request.old_size, len(request.proof)) == (20852014, 4)
    assert request.checkpoint.size == 20852163
    assert b64encode(request.proof[3]) == b"/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0="
    assert request.to_bytes() == REQUEST.encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("old 20852014", "old 020852014"),
        ("old 20852014", "old 20852164"),
        ("old 20852014", "old -1"),
        ("old 20852014", "new 20852014"),
        ("PlRN", "PlRÑ"),
        ("aw=\n", "aw=\n" + f"{'A' * 43}=\n" * 60),  # 64 hashes in all
        ("aw=\n", "aw\n"),
        ("\n\n", "\n"),
    ],
)
def test_another_request_is_malformed(old: str, new: str) -> None:
    assert old in REQUEST
    with pytest.raises(LogFormatError):
        witness.Request.from_bytes(REQUEST.replace(old, new, 1).encode())


def test_an_answer_gives_the_lines_of_known_witnesses() -> None:
    note = cosigned("w.example/1", "w.example/2")
    answer = witness.write_signatures(note.signatures)
    lines, proved = witness.accept(Note(TEXT, ()), answer, [verifier("w.example/1")])
    assert [line.name for line in lines] == ["w.example/1"]
    assert proved[0].moment == MOMENT
    with pytest.raises(LogFormatError):
        witness.accept(Note(TEXT, ()), b"hello", [verifier("w.example/1")])
    assert witness.accept(Note(TEXT, ()), answer, []) == ((), ())


def test_the_answer_409_holds_the_size() -> None:
    assert witness.read_size(witness.write_size(20852014)) == 20852014
    for wrong in (b"", b"7", b"07\n", b"x\n", b"7\n\n", b"\xff\n"):
        with pytest.raises(LogFormatError):
            witness.read_size(wrong)
