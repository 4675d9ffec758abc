"""What every Store promises (`ports.Store`). A new adapter is one more line in STORES."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from postgres import database
from simulated_log import MemoryStore, SteppingClock, pending

from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.log.batch import place
from openquality_registry.log.errors import AlreadyTaken, LostRace
from openquality_registry.ports import Commit, Logged, LogState, Pending, Placed, Store
from openquality_validator.tlog.growth import Edge
from openquality_validator.tlog.merkle import EMPTY_ROOT


@contextmanager
def memory(_: Path) -> Iterator[Store]:
    yield MemoryStore()


@contextmanager
def sqlite(folder: Path) -> Iterator[Store]:
    with closing(open_store(folder / "registry.sqlite")) as store:
        yield store


@contextmanager
def postgresql(_: Path) -> Iterator[Store]:
    with database() as url, closing(open_store(url)) as store:
        yield store


STORES = {"memory": memory, "sqlite": sqlite, "postgresql": postgresql}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with STORES[request.param](tmp_path) as opened:
        yield opened


def commit_of(edge: Edge, pendings: Sequence[Pending]) -> tuple[Commit, Edge]:
    rows, step = place(pendings, edge, now=SteppingClock().now(), after="")
    commit = Commit(LogState(edge.size, edge.root), LogState(step.size, step.root), rows)
    return commit, step.edge


def filled(store: Store, count: int) -> tuple[tuple[Placed, ...], Edge]:
    """Commit statements 0 … count−1 in two batches."""
    first, edge = commit_of(Edge(), [pending(at) for at in range(count // 2)])
    store.commit(first)
    second, edge = commit_of(edge, [pending(at) for at in range(count // 2, count)])
    store.commit(second)
    return (*first.rows, *second.rows), edge


def seen(store: Store) -> tuple[object, ...]:
    size = store.state().size
    return (
        store.state(),
        list(store.entries(0, size + 9)),
        list(store.leaf_hashes(0, size + 9)),
        list(store.statements(0, size + 9)),
    )


def as_logged(row: Placed) -> Logged:
    statement = row.pending
    return Logged(
        index=row.index,
        digest=statement.digest,
        issuer=statement.issuer,
        credential_id=statement.credential_id,
        kind=statement.kind,
        entry=row.entry,
    )


def test_a_new_store_is_an_empty_log(store: Store) -> None:
    assert seen(store) == (LogState(0, EMPTY_ROOT), [], [], [])
    assert store.find(pending(0).digest) is None


def test_a_commit_is_visible_whole_and_in_order(store: Store) -> None:
    rows, edge = filled(store, 7)
    assert seen(store) == (
        LogState(7, edge.root),
        [row.entry for row in rows],
        [row.leaf_hash for row in rows],
        [row.pending.statement for row in rows],
    )


def test_any_span_of_indices_can_be_read(store: Store) -> None:
    rows, _ = filled(store, 7)
    for start in range(8):
        for stop in range(start, 8):
            expected = rows[start:stop]
            assert list(store.entries(start, stop)) == [row.entry for row in expected]
            assert list(store.leaf_hashes(start, stop)) == [row.leaf_hash for row in expected]
            assert list(store.statements(start, stop)) == [
                row.pending.statement for row in expected
            ]


def test_a_statement_is_found_by_digest_and_by_issuer_and_id(store: Store) -> None:
    rows, _ = filled(store, 4)
    for row in rows:
        statement = row.pending
        assert store.find(statement.digest) == as_logged(row)
        assert store.find_id(statement.issuer, statement.credential_id) == as_logged(row)
        assert store.statement(statement.digest) == statement.statement
    assert store.find(pending(9).digest) is None
    assert store.find_id("did:key:zOther", rows[0].pending.credential_id) is None
    assert store.statement(pending(9).digest) is None


def test_what_is_taken_is_told_for_each_of_a_batch_in_its_order(store: Store) -> None:
    rows, _ = filled(store, 4)
    twin = pending(1, variant="other bytes")
    stranger = pending(1, variant="other bytes", issuer="did:key:zOther")
    found = store.find_taken([pending(8), pending(3), twin, stranger, pending(0)])
    assert found == (None, as_logged(rows[3]), as_logged(rows[1]), None, as_logged(rows[0]))
    assert store.find_taken([]) == ()


def test_a_batch_of_256_can_be_asked_for_and_committed(store: Store) -> None:
    batch = [pending(at) for at in range(256)]
    assert store.find_taken(batch) == (None,) * 256
    commit, _ = commit_of(Edge(), batch)
    store.commit(commit)
    assert store.find_taken(batch) == tuple(as_logged(row) for row in commit.rows)


@pytest.mark.parametrize("size", [0, 3, 9])
def test_a_commit_on_another_state_is_refused_and_leaves_nothing(store: Store, size: int) -> None:
    filled(store, 4)
    before = seen(store)
    edge = commit_of(Edge(), [pending(100 + at) for at in range(size)])[1]
    with pytest.raises(LostRace):
        store.commit(commit_of(edge, [pending(50)])[0])
    assert seen(store) == before
    assert store.find(pending(50).digest) is None


def test_a_commit_on_the_right_size_and_another_root_is_refused(store: Store) -> None:
    filled(store, 4)
    before = seen(store)
    fork = commit_of(Edge(), [pending(100 + at) for at in range(4)])[1]
    with pytest.raises(LostRace):
        store.commit(commit_of(fork, [pending(50)])[0])
    assert seen(store) == before


@pytest.mark.parametrize("taken", [pending(2), pending(2, variant="other bytes")])
def test_a_taken_digest_or_id_is_refused_and_leaves_nothing(store: Store, taken: Pending) -> None:
    _, edge = filled(store, 4)
    before = seen(store)
    with pytest.raises(AlreadyTaken):
        store.commit(commit_of(edge, [pending(50), taken])[0])
    assert seen(store) == before
    assert store.find(pending(50).digest) is None


def test_of_commits_at_the_same_moment_exactly_one_wins(store: Store) -> None:
    _, edge = filled(store, 4)
    commits = [commit_of(edge, [pending(100 + at)])[0] for at in range(8)]

    def attempt(commit: Commit) -> bool:
        try:
            store.commit(commit)
        except LostRace:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, commits))
    assert won.count(True) == 1
    winner = commits[won.index(True)]
    assert store.state() == winner.new
    assert list(store.entries(4, 9)) == [winner.rows[0].entry]


@pytest.mark.parametrize("name", ["sqlite"])
def test_commits_survive_closing_and_opening(name: str, tmp_path: Path) -> None:
    with STORES[name](tmp_path) as first:
        filled(first, 5)
        before = seen(first)
    with STORES[name](tmp_path) as second:
        assert seen(second) == before


def test_a_commit_moves_its_heads_and_no_others(store: Store) -> None:
    first = replace(pending(0), moves={"status:a": "one", "status:b": "two"})
    commit, edge = commit_of(Edge(), [first, pending(1)])
    store.commit(commit)
    assert store.heads(["status:a", "status:b", "status:c"]) == {
        "status:a": "one",
        "status:b": "two",
    }
    commit, _ = commit_of(edge, [replace(pending(2), moves={"status:a": "three"})])
    store.commit(commit)
    assert store.heads(["status:a", "status:b"]) == {"status:a": "three", "status:b": "two"}
    assert store.heads([]) == {}


def test_what_is_said_about_a_target_is_found_in_the_order_of_the_log(store: Store) -> None:
    target = "certificate:ISO-9001/1"
    kinds = ("attestation", "status", "measure", "status", "measure", "operator")
    said = [
        replace(pending(at), kind=kind, subjects=(target if at != 3 else "certificate:X/2",))
        for at, kind in enumerate(kinds)
    ]
    commit, _ = commit_of(Edge(), said)
    store.commit(commit)

    found = store.said_about(target)

    assert found == [(at, commit.rows[at].entry, said[at].statement) for at in (1, 2, 4)]
    assert store.said_about("certificate:ISO-9001/3") == []
