import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from simulated_log import (
    ORIGIN,
    Fault,
    MemoryStore,
    MemoryTiles,
    Operations,
    SteppingClock,
    log_key,
    naive_root,
    pending,
)

from openquality_registry.adapters.files import FileTiles
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.log.batch import place
from openquality_registry.log.errors import (
    Conflict,
    LogDamaged,
    LogStopped,
    NotKept,
    OutcomeUnknown,
    Outdated,
    Overloaded,
)
from openquality_registry.log.proofs import Prover
from openquality_registry.log.reader import TileReader
from openquality_registry.log.sequencer import Limits, Sequencer
from openquality_registry.ports import Commit, LogState, Pending, Receipt
from openquality_validator.entry import Entry
from openquality_validator.errors import LogFormatError, ProofError
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.growth import Edge
from openquality_validator.tlog.merkle import verify_consistency, verify_inclusion
from openquality_validator.tlog.tiles import Tile, decode_entries


class World:
    """A log in memory whose faults and commits a test controls."""

    def __init__(self) -> None:
        self.fault: Callable[[str], Fault | None] = lambda _: None
        self.operations = Operations(lambda name: self.fault(name))  # noqa: PLW0108 - tests replace it
        self.store = MemoryStore(self.operations)
        self.tiles = MemoryTiles(self.operations)

    def sequencer(self, **limits: float) -> Sequencer:
        clock = SteppingClock(5.0, -3.0)
        return Sequencer(self.store, self.tiles, log_key(), clock, Limits(**limits))  # type: ignore[arg-type]

    def published(self) -> int:
        assert self.tiles.note is not None
        return checkpoints.parse(self.tiles.note)[0].size


class Gate:
    """Hold every commit until it is opened, and count the commits that began."""

    def __init__(self) -> None:
        self.commits = 0
        self.entered = threading.Event()
        self._open = threading.Event()

    def __call__(self, name: str) -> None:
        if name == "commit":
            self.commits += 1
            self.entered.set()
            assert self._open.wait(5)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def running(world: World) -> Iterator[Sequencer]:
    sequencer = world.sequencer()
    sequencer.start()
    with closing(sequencer):
        yield sequencer


def result(future: "Future[Receipt]") -> Receipt:
    return future.result(timeout=5)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_new_log_publishes_its_empty_checkpoint(world: World, running: Sequencer) -> None:
    assert running.trouble is None
    assert world.published() == 0


def test_a_receipt_proves_its_entry(world: World, running: Sequencer) -> None:
    receipts = [result(running.submit(pending(at))) for at in range(3)]
    for at, receipt in enumerate(receipts):
        tree = checkpoints.parse(receipt.checkpoint)[0]
        assert (receipt.index, receipt.created, tree.size) == (at, True, at + 1)
        assert Entry.from_bytes(receipt.entry).digest == pending(at).digest
        assert tree.root == naive_root([row.entry for row in world.store.rows[: at + 1]])


def test_the_same_bytes_again_give_the_first_entry_under_a_newer_checkpoint(
    running: Sequencer,
) -> None:
    first = result(running.submit(pending(0)))
    result(running.submit(pending(1)))
    again = result(running.submit(pending(0)))
    assert (again.index, again.entry, again.created) == (first.index, first.entry, False)
    assert (first.size, again.size) == (1, 2)


def test_the_same_id_with_other_bytes_names_the_entry_that_has_it(running: Sequencer) -> None:
    result(running.submit(pending(7)))
    with pytest.raises(Conflict) as error:
        result(running.submit(pending(7, variant="other")))
    assert (error.value.index, error.value.digest) == (0, pending(7).digest)


def test_in_one_batch_the_first_of_an_id_wins(world: World, running: Sequencer) -> None:
    first, twin, other = running.submit_all([pending(7), pending(7, variant="x"), pending(8)])
    assert (result(first).index, result(other).index) == (0, 1)
    with pytest.raises(Conflict) as error:
        result(twin)
    assert (error.value.index, error.value.digest) == (0, pending(7).digest)
    assert len(world.store.rows) == 2


def test_when_the_first_of_an_id_is_not_kept_the_second_is_no_conflict(
    world: World, running: Sequencer
) -> None:
    world.fault = lambda name: Fault.FAILS if name == "commit" else None
    for future in running.submit_all([pending(7), pending(7, variant="x")]):
        with pytest.raises(NotKept):
            result(future)
    world.fault = lambda _: None
    assert result(running.submit(pending(7, variant="x"))).index == 0


def test_what_arrives_during_a_batch_shares_the_next_commit(
    world: World, running: Sequencer
) -> None:
    gate = Gate()
    world.fault = gate
    first = running.submit(pending(0))
    assert gate.entered.wait(5)
    others = [running.submit(pending(at)) for at in range(1, 50)]
    gate.open()
    assert [result(future).index for future in (first, *others)] == list(range(50))
    assert gate.commits == 2


def test_no_commit_has_more_entries_than_the_limit(world: World) -> None:
    gate = Gate()
    world.fault = gate
    sequencer = world.sequencer(batch=10)
    sequencer.start()
    with closing(sequencer):
        futures = sequencer.submit_all([pending(at) for at in range(25)])
        gate.open()
        assert [result(future).size for future in futures] == [10] * 10 + [20] * 10 + [25] * 5


def test_more_than_the_limit_of_outstanding_statements_is_refused_whole(world: World) -> None:
    gate = Gate()
    world.fault = gate
    sequencer = world.sequencer(outstanding=5, retry_after=7)
    sequencer.start()
    with closing(sequencer):
        futures = sequencer.submit_all([pending(at) for at in range(4)])
        with pytest.raises(Overloaded) as error:
            sequencer.submit_all([pending(4), pending(5)])
        assert (error.value.waiting, error.value.retry_after) == (4, 7)
        futures.append(sequencer.submit(pending(6)))
        gate.open()
        for future in futures:
            result(future)
        assert sequencer.outstanding == 0
        result(sequencer.submit(pending(4)))
    assert {row.pending.digest for row in world.store.rows} == {
        pending(at).digest for at in (0, 1, 2, 3, 4, 6)
    }


def test_a_statement_cancelled_before_its_batch_is_not_logged(
    world: World, running: Sequencer
) -> None:
    gate = Gate()
    world.fault = gate
    first = running.submit(pending(0))
    assert gate.entered.wait(5)
    second, third = running.submit(pending(1)), running.submit(pending(2))
    assert second.cancel()
    gate.open()
    assert (result(first).index, result(third).index) == (0, 1)
    with pytest.raises(CancelledError):
        result(second)
    assert len(world.store.rows) == 2


def test_an_entry_that_is_too_long_is_refused_and_disturbs_nobody(running: Sequencer) -> None:
    long = Pending(b"x", "sha256:" + "0" * 64, "did:key:z", "urn:x", "attestation", ("y" * 65_535,))
    with pytest.raises(LogFormatError) as error:
        running.submit(long)
    assert error.value.code == "L052"
    assert result(running.submit(pending(0))).index == 0


def test_closing_finishes_what_waits_and_takes_nothing_more(world: World) -> None:
    sequencer = world.sequencer()
    sequencer.start()
    futures = sequencer.submit_all([pending(at) for at in range(20)])
    sequencer.close()
    assert [future.done() for future in futures] == [True] * 20
    assert result(futures[19]).index == 19
    with pytest.raises(LogStopped):
        sequencer.submit(pending(20))
    sequencer.close()  # again: no error


def test_of_two_sequencers_on_one_log_one_stops(world: World) -> None:
    one, two = world.sequencer(), world.sequencer()
    one.start()
    two.start()
    with closing(one), closing(two):
        result(one.submit(pending(0)))
        with pytest.raises(LogStopped):
            result(two.submit(pending(1)))
        with pytest.raises(LogStopped):
            two.submit(pending(2))
        assert two.trouble is not None
        assert result(one.submit(pending(1))).index == 1
    assert world.published() == 2


def test_a_loser_that_only_sees_the_others_entry_stops_too(world: World) -> None:
    one, two = world.sequencer(), world.sequencer()
    one.start()
    two.start()
    with closing(one), closing(two):
        result(one.submit(pending(0)))
        with pytest.raises(LogStopped):
            result(two.submit(pending(0)))


def test_what_could_not_be_published_is_published_without_a_new_statement(world: World) -> None:
    sequencer = world.sequencer(recover_every=0.01)
    sequencer.start()
    with closing(sequencer):
        world.fault = lambda name: Fault.FAILS if name == "write" else None
        with pytest.raises(OutcomeUnknown):
            result(sequencer.submit(pending(0)))
        assert sequencer.trouble is not None
        assert world.published() == 0
        world.fault = lambda _: None
        until(lambda: sequencer.trouble is None)
        assert world.published() == 1
        again = result(sequencer.submit(pending(0)))
        assert (again.index, again.created) == (0, False)


def test_while_the_disk_stays_full_nothing_more_is_committed(world: World) -> None:
    sequencer = world.sequencer(recover_every=60)
    sequencer.start()
    with closing(sequencer):
        world.fault = lambda name: Fault.FAILS if name == "write" else None
        with pytest.raises(OutcomeUnknown):
            result(sequencer.submit(pending(0)))
        with pytest.raises(NotKept, match="No space left"):
            result(sequencer.submit(pending(1)))
        assert len(world.store.rows) == 1
        world.fault = lambda _: None
        assert result(sequencer.submit(pending(1))).index == 1
    assert world.published() == 2


def test_a_full_disk_on_real_files_is_recovered_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = FileTiles(tmp_path / "log")
    with closing(open_store(tmp_path / "registry.sqlite")) as store:
        sequencer = Sequencer(store, tiles, log_key(), SteppingClock())
        sequencer.start()
        with closing(sequencer):
            result(sequencer.submit(pending(0)))
            with monkeypatch.context() as patch:
                patch.setattr("os.fsync", _full)
                with pytest.raises(OutcomeUnknown, match="No space left"):
                    result(sequencer.submit(pending(1)))
            assert result(sequencer.submit(pending(1))).index == 1
    note = tiles.checkpoint()
    assert note is not None
    assert checkpoints.parse(note)[0].size == 2


def _full(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_admitted_at_never_decreases_when_the_clock_steps_back(
    world: World, running: Sequencer
) -> None:
    for at in range(6):
        result(running.submit(pending(at)))
    times = [Entry.from_bytes(row.entry).admitted_at for row in world.store.rows]
    assert times == sorted(times)
    assert len(set(times)) > 1


def seed(world: World, count: int) -> None:
    """Commit entries without publishing anything, as a bulk load does."""
    edge = Edge()
    pendings = [pending(at) for at in range(count)]
    rows, step = place(pendings, edge, now=SteppingClock().now(), after="")
    old = LogState(0, edge.root)
    world.store.commit(Commit(old, LogState(step.size, step.root), rows))


def test_start_publishes_what_was_committed_in_bulk(world: World) -> None:
    seed(world, 5000)  # more than recovery holds at once
    sequencer = world.sequencer()
    sequencer.recover()
    tree = checkpoints.parse(world.tiles.note or b"")[0]
    assert tree.size == 5000
    assert tree.root == naive_root([row.entry for row in world.store.rows])
    assert Tile(0, 18).path in world.tiles.files
    assert [name for name in world.tiles.files if name.startswith("tile/0/018.p")] == []


def test_lost_tiles_are_derived_again(world: World, running: Sequencer) -> None:
    running.close()
    seed(world, 300)
    world.sequencer().recover()
    whole, note = dict(world.tiles.files), world.tiles.note
    world.tiles.files.clear()
    world.sequencer().recover()
    assert (world.tiles.files, world.tiles.note) == (whole, note)


def test_nothing_is_signed_when_the_database_is_older_than_the_checkpoint(world: World) -> None:
    seed(world, 3)
    world.sequencer().recover()
    world.store = MemoryStore()
    with pytest.raises(LogDamaged, match="3 entries, the database 0"):
        world.sequencer().start()


def test_nothing_is_signed_when_the_database_has_another_history(world: World) -> None:
    seed(world, 3)
    world.sequencer().recover()
    note = world.tiles.note
    world.store = MemoryStore()
    rows, step = place(
        [pending(at) for at in range(10, 15)], Edge(), now=SteppingClock().now(), after=""
    )
    world.store.commit(Commit(world.store.state(), LogState(5, step.root), rows))
    with pytest.raises(LogDamaged):
        world.sequencer().recover()
    assert world.tiles.note == note


def test_nothing_is_signed_when_lost_tiles_and_another_history_meet(world: World) -> None:
    seed(world, 3)
    world.sequencer().recover()
    note = world.tiles.note
    world.tiles.files.clear()
    world.store = MemoryStore()
    entries = [pending(at) for at in range(10, 15)]
    rows, step = place(entries, Edge(), now=SteppingClock().now(), after="")
    world.store.commit(Commit(world.store.state(), LogState(5, step.root), rows))
    with pytest.raises(LogDamaged, match="the published checkpoint and the database's entries"):
        world.sequencer().recover()
    assert world.tiles.note == note


@pytest.mark.parametrize(
    ("path", "damage"),
    [
        ("tile/0/000.p/3", lambda data: bytes(len(data))),
        ("tile/entries/000.p/3", lambda data: bytes(len(data))),
        ("tile/entries/000.p/3", lambda data: data.replace(b'"v":1', b'"v":2')),
    ],
)
def test_a_torn_edge_is_derived_again_before_the_log_grows(
    world: World, path: str, damage: Callable[[bytes], bytes]
) -> None:
    seed(world, 3)
    sequencer = world.sequencer()
    sequencer.recover()
    world.tiles.files[path] = damage(world.tiles.files[path])
    again = world.sequencer()
    again.start()
    with closing(again):
        receipt = result(again.submit(pending(9)))
    entries = [row.entry for row in world.store.rows]
    assert checkpoints.parse(receipt.checkpoint)[0].root == naive_root(entries)
    assert decode_entries(world.tiles.files["tile/entries/000.p/4"], width=4) == tuple(entries)


def test_nothing_is_signed_when_the_root_does_not_follow_from_the_entries(world: World) -> None:
    rows, _ = place([pending(0)], Edge(), now=SteppingClock().now(), after="")
    world.store.commit(Commit(world.store.state(), LogState(1, bytes(32)), rows))
    with pytest.raises(LogDamaged):
        world.sequencer().recover()
    assert world.tiles.note is None


@pytest.mark.parametrize("origin", [ORIGIN, "log.example/other"])
def test_nothing_is_signed_over_a_foreign_checkpoint(world: World, origin: str) -> None:
    text = Checkpoint(origin, 0, naive_root([])).to_text()
    foreign = log_key("log.example/other").sign(text.encode())
    world.tiles.note = foreign
    with pytest.raises(LogDamaged):
        world.sequencer().recover()
    assert world.tiles.note == foreign


def test_the_prover_proves_any_entry_and_any_older_size(world: World) -> None:
    seed(world, 700)
    world.sequencer().recover()
    prover = Prover(world.tiles)
    entries = [row.entry for row in world.store.rows]
    roots = {size: naive_root(entries[:size]) for size in (0, 1, 255, 256, 257, 512, 699, 700)}
    for index in (0, 255, 256, 511, 699):
        found = prover.inclusion(index)
        assert (found.size, found.checkpoint) == (700, world.tiles.note)
        verify_inclusion(
            world.store.rows[index].leaf_hash,
            index=index,
            size=700,
            proof=found.proof,
            root=roots[700],
        )
    for old, old_root in roots.items():
        for new, new_root in roots.items():
            if old <= new:
                proof = prover.consistency(old, new)
                verify_consistency(
                    old=old, new=new, old_root=old_root, new_root=new_root, proof=proof
                )
    assert prover.consistency(256) == prover.consistency(256, 700)


def test_the_prover_refuses_what_the_log_has_not(world: World) -> None:
    seed(world, 5)
    world.sequencer().recover()
    prover = Prover(world.tiles)
    for ask in (
        lambda: prover.inclusion(5),
        lambda: prover.inclusion(-1),
        lambda: prover.consistency(6),
        lambda: prover.consistency(0, 6),
        lambda: prover.consistency(-1),
        lambda: prover.consistency(4, 3),
    ):
        with pytest.raises(ProofError):
            ask()


def test_a_partial_tile_that_is_gone_is_read_from_the_full_one(world: World) -> None:
    seed(world, 256)
    world.sequencer().recover()
    assert Tile(0, 0, 200).path not in world.tiles.files
    reader = TileReader(world.tiles)
    leaves = [row.leaf_hash for row in world.store.rows]
    assert reader.load(Tile(0, 0, 200)) == b"".join(leaves[:200])
    assert reader.edge(200).levels == (tuple(leaves[:200]),)
    assert reader.edge(200).entries == tuple(row.entry for row in world.store.rows[:200])
    with pytest.raises(LogDamaged, match=r"tile/0/001 is missing"):
        reader.load(Tile(0, 1, 5))


def test_the_first_statement_to_move_a_head_wins_also_within_a_batch() -> None:
    world = World()
    sequencer = world.sequencer()
    chain = [
        replace(pending(0), expects={"status:a": ""}, moves={"status:a": "one"}),
        replace(pending(1), expects={"status:a": ""}, moves={"status:a": "rival"}),
        replace(pending(2), expects={"status:a": "one"}, moves={"status:a": "two"}),
        replace(pending(3), expects={"status:a": "one"}),
        replace(pending(4), expects={"status:b": ""}),
    ]
    futures = sequencer.submit_all(chain)
    sequencer.start()
    assert [futures[at].result(timeout=5).index for at in (0, 2, 4)] == [0, 1, 2]
    refusals = [futures[at].exception(timeout=5) for at in (1, 3)]
    assert [str(each) for each in refusals if isinstance(each, Outdated)] == [
        str(Outdated("status:a", "", "one")),
        str(Outdated("status:a", "one", "two")),
    ]
    later = sequencer.submit(replace(pending(5), expects={"status:a": "one"}))
    assert isinstance(later.exception(timeout=5), Outdated)
    repeated = sequencer.submit(chain[0]).result(timeout=5)
    assert (repeated.index, repeated.created) == (0, False)
    sequencer.close()
