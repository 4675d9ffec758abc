"""Faults and crashes at every step of the publish path; then the whole log is verified anew.

One story is told again and again: three batches with a duplicate and a conflict among them. In
each telling one operation of one port goes wrong in one of six ways, or two operations do.
A sender without a receipt sends the same bytes again; a crashed process is started again over
what the stores hold.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import pytest
from simulated_log import (
    ORIGIN,
    Crash,
    Fault,
    MemoryStore,
    MemoryTiles,
    Operations,
    SteppingClock,
    log_key,
    naive_path,
    naive_root,
    pending,
)

from openquality_registry.log.errors import Conflict, LogError, NotKept, OutcomeUnknown
from openquality_registry.log.fsck import Check
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Pending, Receipt
from openquality_validator.entry import Entry
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import tiles as tiling
from openquality_validator.tlog.merkle import leaf_hash, verify_inclusion
from openquality_validator.tlog.note import VerifierKey

KEYS = [VerifierKey.from_text(log_key().vkey)]
# 255 + 2 entries: the second batch crosses the border of the first tile, at both levels.
BATCHES = [
    [pending(at) for at in range(254)],
    [pending(254), pending(3), pending(254), pending(3, variant="twin"), pending(255)],
    [pending(256)],
]
CONFLICTS = {pending(3, variant="twin").digest}
SIZE = 257


class FaultySigner:
    """The port Signer, through the faults."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._key = log_key()
        self.name, self.vkey = self._key.name, self._key.vkey

    def sign(self, text: bytes) -> bytes:
        self._operations.run("sign")
        return self._key.sign(text)


class Telling:
    """Tell the story once, with faults at some operations; remember what the senders were told."""

    def __init__(self, faults: Mapping[int, Fault] | None = None, *, seed: int = 0) -> None:
        self.operations = Operations(self._decide)
        self.names: list[str] = []
        self.receipts: list[Receipt] = []
        self.refusals: list[LogError] = []
        self.crashed = False
        self.published: list[bytes] = []
        self.store = MemoryStore(self.operations)
        self.tiles = MemoryTiles(self.operations, seed=seed)
        self.tiles.on_publish = self._on_publish
        self.signer = FaultySigner(self.operations)
        self._faults = faults or {}

    def _decide(self, name: str) -> Fault | None:
        self.names.append(name)
        return self._faults.get(len(self.names) - 1)

    def _on_publish(self, note: bytes) -> None:
        """No checkpoint may become visible before all tiles of its size."""
        size = checkpoints.parse(note)[0].size
        self.published.append(note)
        for tile in (*tiling.tiles(size), *tiling.entry_tiles(size)):
            assert tile.path in self.tiles.files

    def run(self) -> None:
        sequencer = self._started()
        for batch in BATCHES:
            waiting = list(batch)
            for _ in range(1 + len(self._faults)):  # each fault costs at most one attempt
                if not waiting:
                    break
                try:
                    answers = sequencer._perform(waiting)
                except Crash:
                    self.crashed = True
                    sequencer = self._started()
                    continue
                waiting = list(self._heard(waiting, answers))
            assert waiting == []

    def _started(self) -> Sequencer:
        for _ in range(1 + len(self._faults)):
            sequencer = Sequencer(self.store, self.tiles, self.signer, SteppingClock(5.0, -3.0))
            try:
                sequencer.recover()
            except Crash:
                self.crashed = True
            except OSError:
                continue  # the operator starts it again
            else:
                return sequencer
        raise AssertionError("it does not start any more")

    def _heard(self, sent: list[Pending], answers: list[Receipt | LogError]) -> Iterator[Pending]:
        """Keep what is final; yield what a sender sends again."""
        for statement, answer in zip(sent, answers, strict=True):
            match answer:
                case Receipt():
                    assert answer.digest == statement.digest
                    self.receipts.append(answer)
                case Conflict():
                    assert statement.digest in CONFLICTS
                case NotKept() | OutcomeUnknown():
                    self.refusals.append(answer)
                    yield statement
                case _:
                    raise AssertionError(answer)

    def verify(self) -> None:
        """Verify the whole log from its files alone, by the definitions of RFC 9162."""
        note = self.tiles.note
        assert note is not None
        head = checkpoints.verify(note, origin=ORIGIN, keys=KEYS).checkpoint
        assert head.size == SIZE == len(self.store.rows)
        entries: list[bytes] = []
        for tile in tiling.entry_tiles(SIZE):
            entries += tiling.decode_entries(self.tiles.files[tile.path], width=tile.width)
        assert naive_root(entries) == head.root
        for tile in tiling.tiles(SIZE):
            span = 256**tile.level
            first = tile.index * 256
            expected = [
                naive_root(entries[at * span : (at + 1) * span])
                for at in range(first, first + tile.width)
            ]
            assert self.tiles.files[tile.path] == b"".join(expected)
        logged = [Entry.from_bytes(entry) for entry in entries]
        digests = [entry.digest for entry in logged]
        assert len(set(digests)) == SIZE  # no statement is in the log twice
        assert set(digests) == {p.digest for batch in BATCHES for p in batch} - CONFLICTS
        assert all(one.admitted_at <= two.admitted_at for one, two in pairwise(logged))
        for earlier in self.published:
            old = checkpoints.verify(earlier, origin=ORIGIN, keys=KEYS).checkpoint
            assert naive_root(entries[: old.size]) == old.root  # no fork was ever signed
        for at, receipt in enumerate(self.receipts):
            self._verify(receipt, entries, word_for_word=at % 40 == 0)

    def _verify(self, receipt: Receipt, entries: list[bytes], *, word_for_word: bool) -> None:
        assert receipt.checkpoint in self.published
        tree = checkpoints.parse(receipt.checkpoint)[0]
        assert receipt.size == tree.size
        assert entries[receipt.index] == receipt.entry
        assert Entry.from_bytes(receipt.entry).digest == receipt.digest
        leaf, index = leaf_hash(receipt.entry), receipt.index
        verify_inclusion(leaf, index=index, size=tree.size, proof=receipt.proof, root=tree.root)
        if word_for_word:  # slow
            assert list(receipt.proof) == naive_path(index, entries[: tree.size])


def plain() -> Telling:
    telling = Telling()
    telling.run()
    return telling


OPERATIONS = plain().names


def test_without_faults_every_statement_gets_its_receipt_at_once() -> None:
    telling = plain()
    telling.verify()
    assert (telling.refusals, telling.crashed) == ([], False)
    assert [r.index for r in telling.receipts] == [*range(254), 254, 3, 254, 255, 256]
    assert [r.created for r in telling.receipts[254:]] == [True, False, False, True, True]
    assert [checkpoints.parse(n)[0].size for n in telling.published] == [0, 254, 256, 257]


def test_the_story_reaches_every_operation_of_the_publish_path() -> None:
    assert set(OPERATIONS) == {
        "state",
        "find_taken",
        "commit",
        "write",
        "synchronise",
        "sign",
        "publish_checkpoint",
        "drop_partials",
        "checkpoint",
    }


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize(
    "at", range(len(OPERATIONS)), ids=[f"{at}-{name}" for at, name in enumerate(OPERATIONS)]
)
def test_after_any_single_fault_the_log_is_whole(at: int, fault: Fault) -> None:
    telling = Telling({at: fault}, seed=at)
    telling.run()
    telling.verify()
    check = Check(telling.store, telling.tiles, origin=ORIGIN, vkey=log_key().vkey)
    # The statements here are no attestations; all else about the log must be clean.
    assert [d for d in check.run() if d.code != "statement-malformed"] == []
    assert telling.names[: at + 1] == OPERATIONS[: at + 1]  # the fault met the operation it names
    assert telling.crashed is (fault in {Fault.CRASH, Fault.CRASH_AFTER, Fault.CRASH_TORN})


AFTER_THE_COMMIT = [at for at, name in enumerate(OPERATIONS) if name == "commit"][1] + 1


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("later", range(1, 16))
def test_a_second_fault_during_recovery_does_no_harm(later: int, fault: Fault) -> None:
    telling = Telling({AFTER_THE_COMMIT: Fault.CRASH, AFTER_THE_COMMIT + later: fault}, seed=later)
    telling.run()
    telling.verify()


def test_recovery_after_a_crash_reads_the_entries_that_were_committed() -> None:
    telling = Telling({AFTER_THE_COMMIT: Fault.CRASH})
    telling.run()
    recovery = telling.names[AFTER_THE_COMMIT + 1 : AFTER_THE_COMMIT + 16]
    assert {"state", "checkpoint", "entries", "write", "sign", "publish_checkpoint"} <= set(
        recovery
    )


@pytest.mark.parametrize(
    ("fault", "operation", "answer"),
    [
        (Fault.FAILS, "find_taken", NotKept),
        (Fault.FAILS, "commit", NotKept),
        (Fault.FAILS, "write", OutcomeUnknown),
        (Fault.PERSISTS, "write", OutcomeUnknown),
        (Fault.FAILS, "sign", OutcomeUnknown),
        (Fault.FAILS, "publish_checkpoint", OutcomeUnknown),
        (Fault.PERSISTS, "publish_checkpoint", OutcomeUnknown),
    ],
)
def test_a_failure_before_the_commit_is_a_refusal_and_after_it_never(
    fault: Fault, operation: str, answer: type[LogError]
) -> None:
    at = len(OPERATIONS) - 1 - OPERATIONS[::-1].index(operation)
    telling = Telling({at: fault})
    telling.run()
    assert {type(refusal) for refusal in telling.refusals} == {answer}


def test_a_commit_that_fails_but_persists_is_found_to_be_kept() -> None:
    telling = Telling({OPERATIONS.index("commit"): Fault.PERSISTS})
    telling.run()
    assert telling.refusals == []
    telling.verify()
