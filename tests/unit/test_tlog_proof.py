from collections.abc import Callable

import pytest
from simulated_log import ORIGIN, log_key, naive_path, naive_root

from openquality_validator.errors import LogFormatError, ProofError
from openquality_validator.tlog import proof as proofs
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.merkle import leaf_hash
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.proof import LogProof

ENTRIES = [b"zero", b"one", b"two", b"three", b"four"]
NOTE = log_key().sign(Checkpoint(ORIGIN, 5, naive_root(ENTRIES)).to_text().encode())
KEYS = [VerifierKey.from_text(log_key().vkey)]
PROOF = LogProof(2, tuple(naive_path(2, ENTRIES)), NOTE, b"extra data")
DATA = PROOF.to_bytes()


def test_a_proof_starts_with_its_version_extra_and_index() -> None:
    lines = DATA.decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra ZXh0cmEgZGF0YQ==", "index 2"]
    assert lines[6] == ""  # three hashes in between, the checkpoint after it
    assert DATA.endswith(b"\n\n" + NOTE)


@pytest.mark.parametrize("extra", [None, b"", b"x"])
def test_a_proof_is_read_as_it_was_written(extra: bytes | None) -> None:
    proof = LogProof(PROOF.index, PROOF.hashes, NOTE, extra)
    assert LogProof.from_bytes(proof.to_bytes()) == proof


def test_a_tree_of_one_entry_has_a_proof_without_hashes() -> None:
    note = log_key().sign(Checkpoint(ORIGIN, 1, naive_root(ENTRIES[:1])).to_text().encode())
    proof = LogProof.from_bytes(LogProof(0, (), note).to_bytes())
    proofs.verify(proof, leaf_hash(b"zero"), origin=ORIGIN, keys=KEYS)


def test_a_proof_verifies_for_its_entry_alone() -> None:
    signed = proofs.verify(PROOF, leaf_hash(b"two"), origin=ORIGIN, keys=KEYS)
    assert signed.checkpoint.size == 5
    with pytest.raises(ProofError) as error:
        proofs.verify(PROOF, leaf_hash(b"three"), origin=ORIGIN, keys=KEYS)
    assert error.value.code == "L042"


def test_a_proof_of_another_log_is_refused() -> None:
    with pytest.raises(ProofError) as error:
        proofs.verify(PROOF, leaf_hash(b"two"), origin="log.example/other", keys=KEYS)
    assert error.value.code == "L013"


def test_an_index_beyond_the_checkpoint_is_refused() -> None:
    proof = LogProof(5, PROOF.hashes, NOTE)
    with pytest.raises(ProofError) as error:
        proofs.verify(proof, leaf_hash(b"two"), origin=ORIGIN, keys=KEYS)
    assert error.value.code == "L040"


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("L030", lambda data: data.replace(b"@v1", b"@v2")),
        ("L030", lambda data: b"\n" + data),
        ("L030", lambda data: data.replace(b"index 2\n", b"")),
        ("L030", lambda data: data.replace(b"index 2", b"Index 2")),
        ("L030", lambda data: data.replace(b"@v1\nextra", b"@v1\nindex 2\nextra")[:22]),
        ("L030", lambda data: data.replace(b"extra Z", "extra é".encode())),
        ("L030", lambda data: data.replace(b"\n\n", b"\n")),
        ("L030", lambda data: data.replace(b"index 2\n", b"index 2\n" + b"A" * 43 + b"=\n" * 64)),
        ("L031", lambda data: data.replace(b"YQ==", b"YR==")),
        ("L032", lambda data: data.replace(b"index 2", b"index 02")),
        ("L032", lambda data: data.replace(b"index 2", b"index -2")),
        ("L032", lambda data: data.replace(b"index 2", b"index ")),
        ("L033", lambda data: data.replace(b"index 2\n", b"index 2\nAAAA\n")),
        ("L033", lambda data: data.replace(b"index 2\n", b"index 2\nindex 2\n")),
        ("L011", lambda data: data.replace(b"\n5\n", b"\n05\n")),
        ("L002", lambda data: data[: data.index(b"\n\n") + 2]),
    ],
)
def test_a_malformed_proof_is_refused(code: str, change: Callable[[bytes], bytes]) -> None:
    data = change(DATA)
    assert data != DATA
    with pytest.raises(LogFormatError) as error:
        LogProof.from_bytes(data)
    assert error.value.code == code
