import json
from pathlib import Path
from typing import Any

import pytest
from simulated_log import naive_path, naive_root

from openquality_validator.errors import ProofError
from openquality_validator.tlog import merkle

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/tlog/merkle.json").read_text())
INPUTS = [bytes.fromhex(text) for text in VECTORS["leafInputs"]]
LEAVES = merkle.leaf_hashes(INPUTS)
ROOTS = [bytes.fromhex(text) for text in VECTORS["roots"]]


def hashes(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(text) for text in texts)


def reader(leaves: list[bytes]) -> merkle.HashReader:
    return lambda nodes: [naive_node(leaves, level, index) for level, index in nodes]


def naive_node(leaves: list[bytes], level: int, index: int) -> bytes:
    row = leaves[index << level : (index + 1) << level]
    assert len(row) == 1 << level  # only complete subtrees may be asked for
    while len(row) > 1:
        row = [merkle.node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def code_of(error: pytest.ExceptionInfo[ProofError]) -> str:
    return error.value.code


def test_leaf_hashes_are_the_published_ones() -> None:
    assert LEAVES == list(hashes(VECTORS["leafHashes"]))
    assert [merkle.leaf_hash(data) for data in INPUTS] == LEAVES


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == ROOTS[size]
    assert merkle.tree_root(size, reader(LEAVES)) == ROOTS[size]


@pytest.mark.parametrize("case", VECTORS["inclusion"])
def test_inclusion_proofs_are_the_published_ones(case: dict[str, Any]) -> None:
    proof = merkle.inclusion_proof(case["index"], case["size"], reader(LEAVES))
    assert proof == hashes(case["proof"])
    merkle.verify_inclusion(
        LEAVES[case["index"]],
        index=case["index"],
        size=case["size"],
        proof=proof,
        root=ROOTS[case["size"]],
    )


@pytest.mark.parametrize("case", VECTORS["consistency"])
def test_consistency_proofs_are_the_published_ones(case: dict[str, Any]) -> None:
    old, new = case["old"], case["new"]
    proof = merkle.consistency_proof(old, new, reader(LEAVES))
    assert proof == hashes(case["proof"])
    merkle.verify_consistency(
        old=old, new=new, old_root=ROOTS[old], new_root=ROOTS[new], proof=proof
    )


def test_inclusion_proofs_are_those_of_the_definition_at_every_size() -> None:
    entries = [bytes([at]) for at in range(40)]
    leaves = merkle.leaf_hashes(entries)
    for size in range(1, 41):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, reader(leaves))
            assert list(proof) == naive_path(index, entries[:size])


def test_consistency_is_proved_between_any_two_sizes() -> None:
    entries = [bytes([at]) for at in range(40)]
    leaves = merkle.leaf_hashes(entries)
    roots = [naive_root(entries[:size]) for size in range(41)]
    for new in range(41):
        for old in range(new + 1):
            proof = merkle.consistency_proof(old, new, reader(leaves))
            merkle.verify_consistency(
                old=old, new=new, old_root=roots[old], new_root=roots[new], proof=proof
            )


@pytest.mark.parametrize(("index", "size"), [(-1, 8), (8, 8), (0, 0), (1, -1), (0, 2**63)])
def test_an_index_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(ProofError) as error:
        merkle.verify_inclusion(LEAVES[0], index=index, size=size, proof=(), root=ROOTS[8])
    assert code_of(error) == "L040"


@pytest.mark.parametrize("proof", [(), LEAVES[:2], LEAVES[:4]])
def test_an_inclusion_proof_of_another_length_is_refused(proof: tuple[bytes, ...]) -> None:
    with pytest.raises(ProofError) as error:
        merkle.verify_inclusion(LEAVES[0], index=0, size=8, proof=proof, root=ROOTS[8])
    assert code_of(error) == "L041"


def test_a_proof_of_another_entry_is_refused() -> None:
    proof = merkle.inclusion_proof(3, 8, reader(LEAVES))
    with pytest.raises(ProofError) as error:
        merkle.verify_inclusion(LEAVES[2], index=3, size=8, proof=proof, root=ROOTS[8])
    assert code_of(error) == "L042"


def test_a_shrunken_log_is_refused() -> None:
    with pytest.raises(ProofError) as error:
        merkle.verify_consistency(old=8, new=7, old_root=ROOTS[8], new_root=ROOTS[7], proof=())
    assert code_of(error) == "L043"


@pytest.mark.parametrize("proof", [(), LEAVES[:2], LEAVES[:4]])
def test_a_consistency_proof_of_another_length_is_refused(proof: tuple[bytes, ...]) -> None:
    with pytest.raises(ProofError) as error:
        merkle.verify_consistency(old=6, new=8, old_root=ROOTS[6], new_root=ROOTS[8], proof=proof)
    assert code_of(error) == "L044"


@pytest.mark.parametrize(("old", "new"), [(0, 8), (1, 8), (4, 8), (6, 8), (8, 8)])
def test_a_fork_is_refused(old: int, new: int) -> None:
    proof = merkle.consistency_proof(old, new, reader(LEAVES))
    for roots in ((ROOTS[5], ROOTS[new]), (ROOTS[old], ROOTS[5])):
        if (old, roots) == (0, (ROOTS[0], ROOTS[5])):
            continue  # every tree continues the empty one
        with pytest.raises(ProofError) as error:
            merkle.verify_consistency(
                old=old, new=new, old_root=roots[0], new_root=roots[1], proof=proof
            )
        assert code_of(error) == "L045"


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ProofError) as error:
        merkle.verify_inclusion(LEAVES[0][:31], index=0, size=1, proof=(), root=ROOTS[1])
    assert code_of(error) == "L046"
