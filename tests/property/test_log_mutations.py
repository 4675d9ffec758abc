"""No change of what a log or a witness says passes with other content, or raises another error.

The formats are C2SP's, and each is read in one spelling only: what reads at all is written back
byte by byte. In a note, lines of unknown keys are ignored, and so may differ.
"""

import gzip
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import httpx2
import mutations
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st
from simulated_log import ORIGIN, SteppingClock, log_key, naive_path, naive_root

from openquality_registry.watch.book import Book, Head
from openquality_registry.watch.source import Source
from openquality_registry.watch.witness import Witness
from openquality_validator.errors import InvalidInput, LogFormatError, NetworkError, ProofError
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import cosignature, merkle, witness
from openquality_validator.tlog import proof as proofs
from openquality_validator.tlog import tiles as tiling
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.encoding import base64_text
from openquality_validator.tlog.growth import Edge, plan
from openquality_validator.tlog.note import COSIGNATURE, Note, Signature, VerifierKey
from openquality_validator.tlog.policy import Policy
from openquality_validator.tlog.proof import LogProof
from openquality_validator.tlog.split import SplitView
from openquality_validator.tlog.tiles import Tile
from openquality_validator.tlog.witness import Request

MOMENT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ENTRIES = [b"entry %d" % at for at in range(600)]
LEAVES = merkle.leaf_hashes(ENTRIES)
TILES = {tile.path: content for tile, content in plan(Edge(), ENTRIES).tiles}
ROOT = naive_root(ENTRIES)
LOG = VerifierKey.from_text(log_key().vkey)


def secret(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def verifier(name: str, kind: int = COSIGNATURE) -> VerifierKey:
    return VerifierKey.ed25519(name, secret(name).public_key().public_bytes_raw(), kind=kind)


def note(size: int, *, at: datetime = MOMENT) -> bytes:
    """Make a checkpoint note of the log, with cosignatures of three witnesses."""
    text = Checkpoint(ORIGIN, size, naive_root(ENTRIES[:size])).to_text()
    signed = Note.from_bytes(log_key().sign(text.encode()))
    lines = [
        cosignature.cosign(text, name=name, key=secret(name), moment=at)
        for name in ("w.example/1", "w.example/2", "unknown.example")
    ]
    return Note(text, (*signed.signatures, *lines)).to_bytes()


WITNESSES = [verifier("w.example/1"), verifier("w.example/2")]
NOTE = note(600)
# What an attacker has as well: another tree of the same log, cosigned at another time.
OLDER = note(300, at=MOMENT - timedelta(days=1))
SAID = {
    (Note.from_bytes(data).text, key, moment)
    for data, moment in ((NOTE, MOMENT), (OLDER, MOMENT - timedelta(days=1)))
    for key in WITNESSES
}


# --- notes, checkpoints, cosignatures -------------------------------------------------------------


@given(mutations.of_lines(NOTE, OLDER))
@settings(max_examples=300)
@example(NOTE.replace(b"\n\n", b"\n\n\n", 1))
@example(NOTE.replace(b"=\n", b"\n"))
@example(NOTE + NOTE.splitlines(keepends=True)[-1])
def test_a_changed_note_says_what_its_log_and_witnesses_signed_or_is_refused(data: bytes) -> None:
    try:
        read = Note.from_bytes(data)
    except LogFormatError:
        return
    assert read.to_bytes() == data
    try:
        found = checkpoints.verify(data, origin=ORIGIN, keys=[LOG])
        assert found.note.text in {text for text, _, _ in SAID}
        assert found.checkpoint.to_text() == found.note.text
        assert found.signers == (LOG,)
    except (LogFormatError, ProofError):
        pass
    try:
        cosigned = cosignature.verify(read, WITNESSES)
    except (LogFormatError, ProofError):
        return
    assert {(read.text, each.key, each.moment) for each in cosigned} <= SAID


LINE = Note.from_bytes(NOTE).signatures[1]


@given(mutations.of_bytes(LINE.signature, Note.from_bytes(OLDER).signatures[1].signature))
@example(b"\xff" * 72)
def test_a_changed_cosignature_proves_no_other_time(signature: bytes) -> None:
    text = Note.from_bytes(NOTE).text
    changed = Note(text, (Signature(LINE.name, LINE.key_id, signature),))
    try:
        found = cosignature.verify(changed, WITNESSES)
    except (LogFormatError, ProofError):
        return
    assert (signature, found[0].moment) == (LINE.signature, MOMENT)


@pytest.mark.parametrize("spare", range(1, 4))
def test_base64_has_one_spelling(spare: int) -> None:
    # A key id and a signature have 68 bytes: their base64 ends in one = after two spare bits.
    line = log_key().sign(b"text\n").decode().splitlines()[-1]
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert line[-1] == "="
    twin = line[:-2] + digits[digits.index(line[-2]) + spare] + "="
    with pytest.raises(LogFormatError, match="L004"):
        Note.from_bytes(f"text\n\n{twin}\n".encode())


# --- proofs ---------------------------------------------------------------------------------------


def lists(path: list[bytes]) -> st.SearchStrategy[list[bytes]]:
    """Change a proof's list of hashes: any order and number of its own and other hashes."""
    known = [*path, *LEAVES[:3], ROOT, bytes(32), b"", bytes(31)]
    place = st.integers(0, len(path))
    return st.one_of(
        st.lists(st.sampled_from(known), max_size=len(path) + 2),
        st.permutations(path),
        st.tuples(place, place, st.lists(st.sampled_from(known), max_size=2)).map(
            lambda m: [*path[: min(m[:2])], *m[2], *path[max(m[:2]) :]]
        ),
    )


@given(st.integers(1, 600), st.data())
def test_a_changed_inclusion_proof_proves_nothing(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = naive_path(index, ENTRIES[:size])
    changed = data.draw(lists(path))
    leaf = data.draw(st.sampled_from([LEAVES[index], LEAVES[index - 1], *path]))
    at = data.draw(st.just(index) | st.integers(-1, size + 1))
    root = naive_root(ENTRIES[:size])
    try:
        merkle.verify_inclusion(leaf, index=at, size=size, proof=changed, root=root)
    except ProofError:
        return
    assert leaf == LEAVES[at]
    assert changed == naive_path(at, ENTRIES[:size])


@given(st.integers(0, 600), st.data())
def test_a_changed_consistency_proof_proves_nothing(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, new))
    path = list(merkle.consistency_proof(old, new, reader(new)))
    changed = data.draw(lists(path))
    claimed = data.draw(st.just(old) | st.integers(-1, new + 1))
    root = naive_root(ENTRIES[:new])
    first = data.draw(st.sampled_from([naive_root(ENTRIES[:old]), root, ROOT, *path]))
    try:
        merkle.verify_consistency(
            old=claimed, new=new, old_root=first, new_root=root, proof=changed
        )
    except ProofError:
        return
    assert first == naive_root(ENTRIES[:claimed])
    assert changed == list(merkle.consistency_proof(claimed, new, reader(new)))


def reader(size: int) -> merkle.HashReader:
    files = {tile.path: content for tile, content in plan(Edge(), ENTRIES[:size]).tiles}
    return tiling.hash_reader(size, lambda tile: files[tile.path])


PROOF = LogProof(77, tuple(naive_path(77, ENTRIES)), NOTE, b"extra").to_bytes()
OTHER_PROOF = LogProof(5, tuple(naive_path(5, ENTRIES[:300])), OLDER).to_bytes()


@given(mutations.of_lines(PROOF, OTHER_PROOF))
def test_a_changed_proof_file_proves_the_same_or_is_refused(data: bytes) -> None:
    try:
        read = LogProof.from_bytes(data)
    except LogFormatError:
        return
    assert read.to_bytes() == data
    for index in (77, 5):
        try:
            found = proofs.verify(read, LEAVES[index], origin=ORIGIN, keys=[LOG])
        except (LogFormatError, ProofError):
            continue
        assert read.index == index
        assert found.checkpoint in {checkpoints.parse(whole)[0] for whole in (NOTE, OLDER)}
        assert list(read.hashes) == naive_path(index, ENTRIES[: found.checkpoint.size])


SPLIT = SplitView(OLDER, NOTE, bytes(32), merkle.consistency_proof(300, 600, reader(600)))


@given(mutations.of_bytes(SPLIT.to_bytes()))
@settings(max_examples=300)
def test_an_honest_log_is_not_convicted_by_any_change(data: bytes) -> None:
    try:
        read = SplitView.from_bytes(data)
        again = SplitView.from_bytes(read.to_bytes())
    except InvalidInput:
        return
    assert again == read
    with pytest.raises(InvalidInput):
        read.verify(origin=ORIGIN, keys=[LOG])


# --- tiles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(path for path in TILES if "entries" not in path))
@given(data=st.data())
@settings(max_examples=40)
def test_a_changed_hash_tile_proves_no_other_leaf(path: str, data: st.DataObject) -> None:
    others = [content for other, content in TILES.items() if other != path]
    files = TILES | {path: data.draw(mutations.of_bytes(TILES[path], *others))}
    index = data.draw(st.integers(0, 599))
    try:
        read = tiling.hash_reader(600, lambda tile: files[tile.path])
        (leaf,) = read([(0, index)])
        way = merkle.inclusion_proof(index, 600, read)
        merkle.verify_inclusion(leaf, index=index, size=600, proof=way, root=ROOT)
    except (LogFormatError, ProofError):
        return
    assert leaf == LEAVES[index]
    assert list(way) == naive_path(index, ENTRIES)


def check_entries(path: str, data: bytes) -> None:
    """Read a changed entry bundle as a monitor does: it is proved by the hashes of its leaves."""
    tile = Tile.from_path(path)
    try:
        found = tiling.decode_entries(data, width=tile.width)
    except LogFormatError:
        return
    assert tiling.encode_entries(found) == data
    mine = ENTRIES[tile.index * 256 :][: tile.width]
    same_leaves = merkle.leaf_hashes(found) == LEAVES[tile.index * 256 :][: tile.width]
    assert same_leaves is (list(found) == mine)
    assert same_leaves is (data == TILES[path])


FULL, PARTIAL = (Tile(None, 0).path, Tile(None, 2, 600 - 512).path)


@pytest.mark.parametrize("path", [FULL, PARTIAL])
@given(data=st.data())
def test_a_changed_entry_bundle_holds_other_leaves_or_is_refused(
    path: str, data: st.DataObject
) -> None:
    other = TILES[PARTIAL if path == FULL else FULL]
    check_entries(path, data.draw(mutations.of_bytes(TILES[path], other)))


SERVED = gzip.compress(TILES[PARTIAL], mtime=0)


@given(
    mutations.of_bytes(SERVED, gzip.compress(TILES[FULL])),
    st.sampled_from(("gzip", "gzip, gzip", "deflate", "br", "zstd", "identity", "", "x")),
)
@example(gzip.compress(bytes(256 * 65_537 + 1)), "gzip")
@example(SERVED[:-9], "gzip")
@example(SERVED + b"more", "gzip")
def test_a_changed_compressed_answer_is_read_as_the_same_or_refused(
    body: bytes, encoding: str
) -> None:
    def serve(_: httpx2.Request) -> httpx2.Response:
        stream = httpx2.ByteStream(body)
        return httpx2.Response(200, headers={"content-encoding": encoding}, stream=stream)

    transport = httpx2.MockTransport(serve)
    with Source("http://log.example", transport=transport, attempts=1) as source:
        try:
            data = source.read(PARTIAL)
        except NetworkError:
            return
    assert data is not None
    check_entries(PARTIAL, data)


# --- policies -------------------------------------------------------------------------------------

NAMES = ("w.example/1", "w.example/2", "w.example/3")
POLICY = (
    f"# who signs\nlog {log_key().vkey} https://log.example\n"
    + "".join(f"witness w{at} {verifier(name).to_text()}\n" for at, name in enumerate(NAMES, 1))
    + "group two 2 w1 w2\ngroup all all two w3\ngroup any any all\nquorum two\n"
)
MORE = "quorum none\nquorum w3\ngroup two any w1\ngroup x 3 w1 w2\n\tquorum\t all \n# quorum w1\n\n"


def naive_met(text: str, signed: set[str]) -> bool:
    """Weigh signatures by the policy's text (C2SP tlog-policy), believing that it is one."""
    lines = [re.split(r"[ \t]+", line.strip(" \t")) for line in text.split("\n")]
    done = {words[1]: words[2].split("+")[0] in signed for words in lines if words[0] == "witness"}
    done["none"] = True
    for _, name, kind, *members in (words for words in lines if words[0] == "group"):
        count = {"all": len(members), "any": 1}.get(kind) or int(kind)
        done[name] = sum(done[member] for member in members) >= count
    return done[next(words[1] for words in lines if words[0] == "quorum")]


@given(mutations.of_lines(POLICY.encode(), MORE.encode()))
@example(POLICY.encode())
@example(POLICY.replace("quorum two", "quorum all").encode())
@example(POLICY.replace("quorum two", "quorum any").encode())
@example(POLICY.replace("quorum two", "quorum\N{NO-BREAK SPACE}two").encode())
def test_any_policy_asks_for_what_it_says_or_is_refused(data: bytes) -> None:
    try:
        policy = Policy.from_text(data.decode("utf-8", "replace"))
    except LogFormatError:
        return
    assert Policy.from_text(policy.text) == policy
    keys = {verifier(name): name for name in NAMES}
    for count in range(4):
        for signers in combinations(keys, count):
            expected = naive_met(policy.text, {keys[key] for key in signers})
            assert policy.met(signers) is expected


# --- witnesses ------------------------------------------------------------------------------------

REQUEST = Request(300, merkle.consistency_proof(300, 600, reader(600)), NOTE).to_bytes()
FIRST = Request(0, (), OLDER).to_bytes()


@given(mutations.of_lines(REQUEST, FIRST))
@example(REQUEST)
def test_a_witness_signs_what_continues_or_refuses(data: bytes) -> None:
    book = Book(Path(":memory:"))
    book.advance(ORIGIN, 0, Head(300, naive_root(ENTRIES[:300]), OLDER))
    one = Witness(name="w", key=secret("w"), logs=[LOG], book=book, clock=SteppingClock())
    answer = one.add_checkpoint(data)
    if answer.status != 200:
        assert answer.status in {400, 403, 404, 409, 422}
        assert book.head(ORIGIN) == Head(300, naive_root(ENTRIES[:300]), OLDER)
        return
    request = Request.from_bytes(data)
    assert request.to_bytes() == data
    # The same tree again is no step back, and needs no proof.
    assert request.checkpoint == checkpoints.parse(NOTE if request.proof else OLDER)[0]
    _, proved = witness.accept(Note.from_bytes(request.note), answer.body, [verifier("w")])
    assert [each.key for each in proved] == [verifier("w")]


MINE = Note.from_bytes(NOTE)
SIGNED = witness.write_signatures(MINE.signatures[1:])
# What a hostile witness can sign with its own key: another text, and other times.
OTHER_TEXT = f"{MINE.text}\njunk\n"


def hostile(text: str, moment: datetime) -> bytes:
    line = cosignature.cosign(text, name="w.example/1", key=secret("w.example/1"), moment=moment)
    return line.to_text().encode()


AHEAD = hostile(MINE.text, MOMENT + timedelta(days=9))


@given(mutations.of_lines(SIGNED, AHEAD, b"junk\n\n", hostile(OTHER_TEXT, MOMENT)))
@example(SIGNED)
@example(b"junk\n\n" + hostile(OTHER_TEXT, MOMENT))
@example(AHEAD + SIGNED)
def test_the_answer_of_a_witness_holds_for_the_note_that_it_got(answer: bytes) -> None:
    try:
        lines, proved = witness.accept(MINE, answer, WITNESSES)
    except (LogFormatError, ProofError):
        return
    # Each line is one that the note can carry, and states the time that is said of it.
    assert len(lines) == len(proved)
    for line, said in zip(lines, proved, strict=True):
        (alone,) = cosignature.verify(Note(MINE.text, (line,)), WITNESSES)
        assert alone == said


@given(mutations.of_bytes(witness.write_size(1234)))
def test_the_size_that_a_witness_names_has_one_spelling(answer: bytes) -> None:
    try:
        size = witness.read_size(answer)
    except LogFormatError:
        return
    assert witness.write_size(size) == answer


def test_every_thing_changed_above_is_good_itself() -> None:
    # So that the changes had something to spoil.
    assert checkpoints.verify(NOTE, origin=ORIGIN, keys=[LOG]).checkpoint.size == 600
    assert len(cosignature.verify(Note.from_bytes(NOTE), WITNESSES)) == 2
    for proof, index in ((PROOF, 77), (OTHER_PROOF, 5)):
        proofs.verify(LogProof.from_bytes(proof), LEAVES[index], origin=ORIGIN, keys=[LOG])
    assert Policy.from_text(POLICY).met(WITNESSES)
    assert len(witness.accept(MINE, SIGNED, WITNESSES)[1]) == 2
    root = base64_text(naive_root(ENTRIES[:300]))
    with pytest.raises(ProofError, match="L071"):  # but for the honest log's own root
        SplitView.from_bytes(
            SPLIT.to_bytes().replace(base64_text(bytes(32)).encode(), root.encode())
        ).verify(origin=ORIGIN, keys=[LOG])
