"""Two sequencers on one log: one loses the guard and stops, and nothing is forked."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from postgres import database
from registry_at_work import publish, registry, statement
from simulated_log import ORIGIN, SteppingClock, log_key, naive_root, pending

from openquality_registry.adapters.files import FileTiles
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.log.errors import LogError, LogStopped, OutcomeUnknown
from openquality_registry.log.fsck import Check
from openquality_registry.log.sequencer import Sequencer
from openquality_validator.entry import Entry
from openquality_validator.tlog import checkpoint as checkpoints

if TYPE_CHECKING:
    from openquality_registry.ports import Receipt

ROUNDS = 40
Opener = Callable[[], SqlStore]


@pytest.fixture(params=["sqlite", "postgresql"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Give what opens the same database again and again."""
    with ExitStack() as stack:
        place: Path | str = tmp_path / "registry.sqlite"
        if request.param == "postgresql":
            place = stack.enter_context(database())

        def another() -> SqlStore:
            return stack.enter_context(closing(open_store(place)))

        yield another


class Publishing(FileTiles):
    """Files that remember every checkpoint that was published."""

    def __init__(self, folder: Path, published: list[bytes]) -> None:
        super().__init__(folder)
        self._published = published

    def publish_checkpoint(self, note: bytes, size: int) -> None:
        super().publish_checkpoint(note, size)
        self._published.append(note)


def verify(store: SqlStore, published: list[bytes], receipts: "list[Receipt]") -> None:
    """Hold every checkpoint, whoever signed it, and every receipt against the one log."""
    state = store.state()
    entries = list(store.entries(0, state.size))
    assert naive_root(entries) == state.root
    digests = [Entry.from_bytes(entry).digest for entry in entries]
    assert len(set(digests)) == len(digests)
    for note in published:  # whoever signed it: no fork
        head = checkpoints.parse(note)[0]
        assert head.root == naive_root(entries[: head.size])
    for receipt in receipts:
        assert entries[receipt.index] == receipt.entry


@pytest.mark.parametrize("folders", [("one", "one"), ("one", "other")], ids=["shared", "apart"])
def test_of_two_sequencers_that_write_at_once_one_stops_and_nothing_forks(
    opener: Opener, folders: tuple[str, str], tmp_path: Path
) -> None:
    published: list[bytes] = []
    stores = [opener(), opener()]
    sequencers = [
        Sequencer(store, Publishing(tmp_path / name, published), log_key(), SteppingClock())
        for store, name in zip(stores, folders, strict=True)
    ]
    for sequencer in sequencers:
        sequencer.start()
    receipts: list[list[Receipt]] = [[], []]
    refusals: list[list[LogError]] = [[], []]
    together = threading.Barrier(2)

    def write(at: int) -> None:
        for number in range(ROUNDS):
            if number < 3:
                together.wait()
            try:
                receipts[at].append(sequencers[at].submit(pending(2 * number + at)).result())
            except LogError as error:
                refusals[at].append(error)

    threads = [threading.Thread(target=write, args=(at,)) for at in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for sequencer in sequencers:
        sequencer.close()

    verify(stores[0], published, [*receipts[0], *receipts[1]])
    lost = [at for at in (0, 1) if refusals[at]]
    assert len(lost) == 1
    assert sequencers[lost[0]].trouble is not None
    assert {type(error) for error in refusals[lost[0]]} <= {LogStopped, OutcomeUnknown}
    winner = 1 - lost[0]
    assert len(receipts[winner]) == ROUNDS
    again = Sequencer(
        stores[winner], FileTiles(tmp_path / folders[winner]), log_key(), SteppingClock()
    )
    again.recover()
    check = Check(
        stores[winner], FileTiles(tmp_path / folders[winner]), origin=ORIGIN, vkey=log_key().vkey
    )
    assert [found for found in check.run() if found.code != "statement-malformed"] == []


def test_the_loser_of_two_registries_on_one_database_says_so_over_http(tmp_path: Path) -> None:
    with database() as url:
        with registry(tmp_path / "one", database=url):
            pass
        shutil.copytree(tmp_path / "one", tmp_path / "other")
        with (
            registry(tmp_path / "one", database=url) as (first, _),
            registry(tmp_path / "other", database=url) as (second, _),
        ):
            assert publish(first, statement(1)).status_code == 201
            refused = publish(second, statement(2))
            assert (refused.status_code, refused.json()["code"]) == (503, "log-stopped")
            assert refused.headers["retry-after"]
            assert second.get("/readyz").status_code == 503
            assert publish(first, statement(2)).status_code == 201
