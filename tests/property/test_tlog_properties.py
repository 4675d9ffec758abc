import random

import mutations
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_log import log_key, naive_path, naive_root

from openquality_validator.entry import Entry
from openquality_validator.errors import LogFormatError, ProofError
from openquality_validator.tlog import merkle
from openquality_validator.tlog import tiles as tiling
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.growth import Edge, plan
from openquality_validator.tlog.note import Note, VerifierKey
from openquality_validator.tlog.tiles import Tile

ENTRIES = [b"entry %d" % at for at in range(600)]
LEAVES = merkle.leaf_hashes(ENTRIES)


@given(size=st.integers(1, 600), data=st.data())
def test_the_proofs_of_a_tree_of_any_size_verify(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(0, size))
    files = {tile.path: content for tile, content in plan(Edge(), ENTRIES[:size]).tiles}
    read = tiling.hash_reader(size, lambda tile: files[tile.path])
    root = naive_root(ENTRIES[:size])
    assert merkle.tree_root(size, read) == root
    path = merkle.inclusion_proof(index, size, read)
    merkle.verify_inclusion(LEAVES[index], index=index, size=size, proof=path, root=root)
    merkle.verify_consistency(
        old=old,
        new=size,
        old_root=naive_root(ENTRIES[:old]),
        new_root=root,
        proof=merkle.consistency_proof(old, size, read),
    )


@given(size=st.integers(2, 64), data=st.data())
def test_a_proof_verifies_for_no_other_index_leaf_or_size(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.tuples(st.integers(0, size - 1), st.integers(0, size + 5)))
    root = naive_root(ENTRIES[:size])
    path = naive_path(index, ENTRIES[:size])
    if other != index:
        with pytest.raises(ProofError):
            merkle.verify_inclusion(LEAVES[index], index=other, size=size, proof=path, root=root)
        with pytest.raises(ProofError):
            merkle.verify_inclusion(LEAVES[other], index=index, size=size, proof=path, root=root)


@given(batches=st.lists(st.integers(0, 300), max_size=6))
@settings(max_examples=60)
def test_any_batches_give_the_tiles_of_their_sum(batches: list[int]) -> None:
    rng = random.Random(len(batches))  # noqa: S311 - a test's seed
    edge, files, size = Edge(), {}, 0
    everything = [rng.randbytes(rng.randrange(20)) for _ in range(sum(batches))]
    for count in batches:
        step = plan(edge, everything[size : size + count])
        size += count
        files.update({tile.path: content for tile, content in step.tiles})
        edge = step.edge
        assert (step.size, step.root) == (size, merkle.root(merkle.leaf_hashes(everything[:size])))
        for tile in tiling.tiles(size):
            width = 256**tile.level
            first = tile.index * 256
            expected = b"".join(
                merkle.root(merkle.leaf_hashes(everything[at * width : (at + 1) * width]))
                for at in range(first, first + tile.width)
            )
            assert files[tile.path] == expected
        for tile in tiling.entry_tiles(size):
            start = tile.index * 256
            content = tiling.decode_entries(files[tile.path], width=tile.width)
            assert list(content) == everything[start : start + tile.width]


@given(st.none() | st.integers(0, 63), st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_a_tile_path_is_read_as_it_was_written(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.from_path(tile.path) == tile


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=256))
def test_an_entry_bundle_is_read_as_it_was_written(entries: list[bytes]) -> None:
    data = tiling.encode_entries(entries)
    assert list(tiling.decode_entries(data, width=len(entries))) == entries


TEXT_LINE = st.text(
    st.characters(exclude_characters="\n", exclude_categories=["Cs"], min_codepoint=32)
)


@given(st.lists(TEXT_LINE, min_size=1).map(lambda lines: "".join(f"{line}\n" for line in lines)))
def test_a_signed_note_of_any_text_is_read_as_it_was_written(text: str) -> None:
    data = log_key().sign(text.encode())
    note = Note.from_bytes(data)
    assert (note.text, note.to_bytes()) == (text, data)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
)
def test_a_checkpoint_is_read_as_it_was_written(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root)
    assert Checkpoint.from_text(checkpoint.to_text()) == checkpoint


@given(st.text(max_size=60))
def test_any_text_is_a_verifier_key_a_path_or_refused(text: str) -> None:
    for read in (VerifierKey.from_text, Tile.from_path, Checkpoint.from_text):
        try:
            value = read(text)
        except LogFormatError:
            continue
        written = value.path if isinstance(value, Tile) else value.to_text()
        assert written == text


ENTRY = Entry(
    "2026-11-20T12:00:00.000Z", "sha256:" + "0" * 64, "did:key:z", "attestation", ("a:b", "c:d")
).to_bytes()


@given(mutations.of_bytes(ENTRY))
def test_a_changed_entry_is_refused_or_another_entry_in_its_one_spelling(data: bytes) -> None:
    try:
        entry = Entry.from_bytes(data)
    except LogFormatError:
        return
    assert entry.to_bytes() == data
