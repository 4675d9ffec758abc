"""The bundle's form: frozen vectors, and every spelling that is not the one."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from openquality_validator import entry, envelope
from openquality_validator.bundle import Bundle, Consistency
from openquality_validator.entry import Entry
from openquality_validator.errors import BundleError, InvalidInput, MalformedDocument
from openquality_validator.identity import resolve
from openquality_validator.tlog import checkpoint, merkle
from openquality_validator.tlog.note import VerifierKey

V1 = json.loads(
    (Path(__file__).parents[1] / "vectors" / "bundle" / "v1.json").read_text(encoding="utf-8")
)


def refusal(data: bytes) -> InvalidInput:
    with pytest.raises((BundleError, MalformedDocument)) as caught:
        Bundle.from_bytes(data)
    return caught.value


def changed(**members: Any) -> bytes:  # noqa: ANN401
    return rfc8785.dumps(json.loads(V1["bundle"]) | members)


# --- frozen vectors -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bundle", "bundleWithConsistency"])
def test_frozen_bundle_reads_and_is_written_again_byte_for_byte(name: str) -> None:
    data = V1[name].encode()
    read = Bundle.from_bytes(data)
    assert read.to_bytes() == data
    assert read.statement == V1["statement"].encode()
    assert read.entry == V1["entries"][V1["index"]].encode()
    assert read.checkpoint == V1["checkpoint"].encode()
    assert read.index == V1["index"]
    assert [step.hex() for step in read.inclusion_proof] == V1["inclusionProof"]


def test_frozen_parts_are_assembled_to_the_frozen_bundle() -> None:
    def build(consistency: Consistency | None) -> str:
        made = Bundle(
            statement=V1["statement"].encode(),
            entry=V1["entries"][V1["index"]].encode(),
            index=V1["index"],
            checkpoint=V1["checkpoint"].encode(),
            inclusion_proof=tuple(bytes.fromhex(step) for step in V1["inclusionProof"]),
            catalogue_version="1.0-draft.1",
            catalogue_digest="sha256:" + sha256(b"a catalogue").hexdigest(),
            consistency=consistency,
        )
        return made.to_bytes().decode()

    proof = tuple(bytes.fromhex(step) for step in V1["consistencyProofs"]["3"])
    assert build(None) == V1["bundle"]
    assert build(Consistency(3, proof)) == V1["bundleWithConsistency"]


def test_frozen_statement_verifies_under_its_issuer() -> None:
    signed = envelope.parse_envelope(V1["statement"].encode())
    record = envelope.credential(signed.payload)
    resolution, key = envelope.issuer_key(signed, record)
    envelope.verify_signature(signed, key)
    assert resolution == resolve(V1["issuer"])
    assert signed.digest == V1["digest"] == envelope.digest(V1["statement"].encode())


def test_frozen_entries_read_are_written_again_and_follow_from_the_statement() -> None:
    for text in V1["entries"]:
        assert Entry.from_bytes(text.encode()).to_bytes() == text.encode()
    statement = V1["statement"].encode()
    value = envelope.credential(envelope.parse_envelope(statement).payload).value
    own = V1["entries"][V1["index"]].encode()
    admitted = Entry.from_bytes(own).admitted_at
    assert entry.rebuild(statement, value, admitted).to_bytes() == own


def test_frozen_checkpoint_leaf_and_proofs_verify() -> None:
    key = VerifierKey.from_text(V1["vkey"])
    signed = checkpoint.verify(V1["checkpoint"].encode(), origin=key.name, keys=[key])
    root = bytes.fromhex(V1["root"])
    leaf = merkle.leaf_hash(V1["entries"][V1["index"]].encode())
    assert signed.checkpoint.root == root
    assert signed.checkpoint.size == len(V1["entries"])
    assert leaf.hex() == V1["leaf"]
    merkle.verify_inclusion(
        leaf,
        index=V1["index"],
        size=len(V1["entries"]),
        proof=[bytes.fromhex(step) for step in V1["inclusionProof"]],
        root=root,
    )
    hashes = merkle.leaf_hashes(text.encode() for text in V1["entries"])
    for old, proof in V1["consistencyProofs"].items():
        merkle.verify_consistency(
            old=int(old),
            new=len(hashes),
            old_root=merkle.root(hashes[: int(old)]),
            new_root=root,
            proof=[bytes.fromhex(step) for step in proof],
        )


# --- what is refused ------------------------------------------------------------------------------

LOG = json.loads(V1["bundle"])["log"]
HASH = LOG["inclusionProof"][0]


LOGGED = {"entry": "e", "inclusionProof": [HASH], "index": 3, "statement": "s"}
FULL = changed(
    anchors=[
        {"checkpoint": "note", "inclusionProof": [HASH], "token": "AAEC"},
        {"checkpoint": "note", "inclusionProof": []},
    ],
    keys=[LOGGED, LOGGED | {"index": 4}, {"witness": "[]"}],
    status={"answer": "a.b.c", "events": [LOGGED]},
    supporting=[{"statement": "s.s.s"}],
)


def test_every_part_is_read_and_written_the_same() -> None:
    read = Bundle.from_bytes(FULL)
    assert read.to_bytes() == FULL
    assert [event.index for event in read.keys.events] == [3, 4]
    assert read.keys.witness == b"[]"
    assert [anchor.token for anchor in read.anchors] == [bytes([0, 1, 2]), None]
    assert read.status is not None
    assert read.status.events[0].statement == b"s"
    assert read.supporting == (b"s.s.s",)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "D003"),
        (b"\xff", "D002"),
        (V1["bundle"].encode()[:-1], "D003"),
        (V1["bundle"].encode() + b"}", "D003"),
        (V1["bundle"].encode()[:-1] + b',"v":1}', "D004"),
        (b"[" * 100_000, "D003"),
        (b"[" * 40 + b"]" * 40, "D005"),
        (b"[]", "B001"),
        (b"null", "B001"),
        (b'{"v":1}', "B001"),
        (changed(v=2), "B002"),
        (changed(v=True), "B002"),
        (changed(v="1"), "B002"),
        (V1["bundle"].encode() + b"\n", "B003"),
        (V1["bundle"].replace(",", ", ", 1).encode(), "B003"),
        (V1["bundle"].replace("eyJ", "\\u0065yJ", 1).encode(), "B003"),
        (json.dumps(dict(reversed(json.loads(V1["bundle"]).items()))).encode(), "B003"),
        (changed(statement=7), "B004"),
        (changed(statement=""), "B004"),
        (changed(entry=None), "B004"),
        (changed(extra=1), "B004"),
        (changed(catalogue={"digest": "sha256:0"}), "B004"),
        (changed(catalogue={"digest": "a", "version": "b", "x": ""}), "B004"),
        (changed(log=[]), "B004"),
        (changed(log=LOG | {"extra": 0}), "B004"),
        (changed(log=LOG | {"index": -1}), "B004"),
        (changed(log=LOG | {"index": 1.5}), "B004"),
        (changed(log=LOG | {"index": True}), "B004"),
        (changed(log=LOG | {"index": "4"}), "B004"),
        (changed(log=LOG | {"inclusionProof": HASH}), "B004"),
        (changed(log=LOG | {"inclusionProof": [HASH[:-1]]}), "B004"),
        (changed(log=LOG | {"inclusionProof": ["*" * 44]}), "B004"),
        (changed(log=LOG | {"inclusionProof": [HASH + "AAAA"]}), "B004"),
        (changed(log=LOG | {"inclusionProof": [HASH[:-4]]}), "B004"),
        (changed(log=LOG | {"inclusionProof": [HASH] * 65}), "B004"),
        (changed(log=LOG | {"inclusionProof": [None]}), "B004"),
        (changed(consistency=None), "B004"),
        (changed(consistency={"from": 3}), "B004"),
        (changed(consistency={"from": -3, "proof": []}), "B004"),
        (changed(consistency={"from": 3, "proof": [], "to": 7}), "B004"),
        (changed(anchors={}), "B004"),
        (changed(anchors=[{}]), "B004"),
        (changed(anchors=[{"checkpoint": "c", "inclusionProof": [], "token": "A"}]), "B004"),
        (changed(anchors=[{"checkpoint": "c", "inclusionProof": ["AA=="]}]), "B004"),
        (changed(keys=["did log"]), "B004"),
        (changed(keys=[{"witness": "w"}, {"witness": "w"}]), "B004"),
        (changed(keys=[{"witness": "w", "more": "w"}]), "B004"),
        (changed(keys=[LOGGED | {"more": 1}]), "B004"),
        (changed(keys=[LOGGED] * 1_001), "B004"),
        (changed(schemas=["{}"]), "B004"),
        (changed(schemas=[{"content": "{}", "more": 1}]), "B004"),
        (changed(supporting=["eyJ"]), "B004"),
        (changed(supporting=[{}]), "B004"),
        (changed(status={}), "B004"),
        (changed(status={"answer": "a", "events": [{}]}), "B004"),
    ],
)
def test_bytes_that_are_no_bundle(data: bytes, code: str) -> None:
    assert refusal(data).code == code


@pytest.mark.parametrize("name", sorted(json.loads(V1["bundle"])))
def test_every_member_is_needed(name: str) -> None:
    value = json.loads(V1["bundle"])
    del value[name]
    assert refusal(rfc8785.dumps(value)).code == {"statement": "B001", "v": "B002"}.get(
        name, "B004"
    )


def test_bundle_beyond_the_size_limit() -> None:
    assert refusal(changed(statement="x" * 16_800_000)).code == "D001"


def test_spare_bits_in_a_hash_are_no_second_spelling() -> None:
    # 32 bytes leave two spare bits in the last character: A and B would decode alike.
    last = HASH[-2]
    other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = HASH[:-2] + other[other.index(last) + 1] + "="
    assert refusal(changed(log=LOG | {"inclusionProof": [twin]})).code == "B004"
