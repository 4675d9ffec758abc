"""Faults and crashes wherever the feed of events is written; then it is compared with a whole one.

One story is told again and again: entries of four days, a day without any between them, and an
evaluation that keeps a row for each third entry and each day. In each telling one write goes wrong;
whoever follows the log then starts anew over what the database holds.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from simulated_log import ORIGIN, Crash, Fault, Operations, pending
from sqlalchemy.exc import OperationalError

from openquality_registry.adapters.sql.events import SqlEvents
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.events.event import Event, Told
from openquality_registry.events.following import Following, begins
from openquality_registry.events.ports import (
    Asked,
    Evaluation,
    Follows,
    NoEvaluation,
    Position,
    Rows,
    Seen,
)
from openquality_registry.log.batch import place as placed_in
from openquality_registry.ports import Commit, LogState
from openquality_validator.tlog.growth import Edge

# So many entries at noon of each day; nothing on the 23rd.
DAYS = {20: 3, 21: 6, 22: 1, 24: 2}
SIZE = sum(DAYS.values())
WRITES = (
    9  # of the whole story: one for each row that is kept, and the last entries with the last day
)
FAULTS = [Fault.PERSISTS, Fault.CRASH, Fault.CRASH_AFTER]


@dataclass
class SetClock:
    """Tell the time that the test says."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


class Keeping:
    """An evaluation that says an event, and keeps a row, of each third entry and of each day."""

    def on_entry(self, seen: Seen) -> Follows:
        return self._of(f"entry{seen.index}", seen.index) if seen.index % 3 == 0 else Follows()

    def on_day(self, day: date) -> Follows:
        return self._of(f"day{day}", None, begins(day))

    def _of(self, name: str, index: int | None, time: str = "2026-11-20T12:00:00.000Z") -> Follows:
        event = Event("data.late", name, f"mpn:{name}", "", time, {}, index)
        row = {"id": name, "entered_by": "", "entered_at": time, "content": "{}"}
        return Follows((event,), {"listings": [row]})


class FaultyEvents(SqlEvents):
    """The store of the feed, through the faults."""

    def __init__(self, store: SqlStore, operations: Operations) -> None:
        super().__init__(write=store.write, read=store.read)
        self._operations = operations

    def write(self, old: Position, new: Position, events: Sequence[Event], rows: Rows) -> None:
        self._operations.run(
            "write", lambda: super(FaultyEvents, self).write(old, new, events, rows)
        )


def fill(store: SqlStore) -> None:
    """Put the story's entries into the log."""
    edge, number = Edge(), 0
    for day, count in DAYS.items():
        noon = datetime(2026, 11, day, 12, tzinfo=UTC)
        batch = [pending(number + each) for each in range(count)]
        rows, step = placed_in(batch, edge, now=noon, after="")
        store.commit(Commit(LogState(edge.size, edge.root), LogState(step.size, step.root), rows))
        edge, number = step.edge, number + count


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("events") / "registry.sqlite"
    with closing(open_store(path)) as store:
        fill(store)
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[SqlStore]:
    with closing(open_store(Path(shutil.copy(filled, tmp_path)))) as opened:
        yield opened


def follower(
    store: SqlStore,
    evaluation: Evaluation | None = None,
    *,
    size: int = SIZE,
    clock: SetClock | None = None,
    operations: Operations | None = None,
) -> Following:
    return Following(
        store,
        FaultyEvents(store, operations or Operations()),
        evaluation or Keeping(),
        clock=clock or SetClock(datetime(2026, 11, 25, 9, tzinfo=UTC)),
        origin=ORIGIN,
        published=lambda: size,
    )


def feed(store: SqlStore) -> list[Told]:
    found = SqlEvents(write=store.write, read=store.read).read(Asked(), after=0, limit=1_000)
    assert [told.sequence for told in found.events] == list(range(1, found.newest + 1))
    return list(found.events)


def names(store: SqlStore) -> list[str]:
    """Name each event: an entry by its index, what the evaluation said by its key."""
    return [
        str(told.event.index) if told.event.type == "statement.admitted" else told.event.key
        for told in feed(store)
    ]


def kept(store: SqlStore) -> list[str]:
    with store.read.connect() as connection:
        return sorted(connection.exec_driver_sql("SELECT id FROM listings").scalars().all())


# Written by hand from the days above.
WHOLE = [
    *("0", "entry0", "1", "2"),
    *("day2026-11-21", "3", "entry3", "4", "5", "6", "entry6", "7", "8"),
    *("day2026-11-22", "9", "entry9"),
    *("day2026-11-23", "day2026-11-24", "10", "11"),
    "day2026-11-25",
]
ROWS = sorted(name for name in WHOLE if not name.isdigit())


def test_days_come_between_the_entries_before_and_after_them(store: SqlStore) -> None:
    follower(store).once()
    assert names(store) == WHOLE
    assert kept(store) == ROWS


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", range(WRITES))
def test_a_fault_at_any_write_loses_and_doubles_nothing(
    store: SqlStore, fault: Fault, at: int
) -> None:
    count = 0

    def decide(_: str) -> Fault | None:
        nonlocal count
        count += 1
        return fault if count - 1 == at else None

    operations = Operations(decide)
    for _ in range(2):
        try:
            follower(store, operations=operations).once()
        except (Crash, OSError):
            continue  # the next one finds what this one left
    assert count > at  # or nothing went wrong
    assert names(store) == WHOLE
    assert kept(store) == ROWS


def test_the_feed_is_the_same_however_the_log_grew(store: SqlStore) -> None:
    # One entry at a time, each day seen as it begins, a new process each time.
    clock = SetClock(datetime(2026, 11, 20, 12, tzinfo=UTC))
    size = 0
    for day in range(20, 26):
        clock.moment = datetime(2026, 11, day, 12, tzinfo=UTC)
        for _ in range(DAYS.get(day, 0)):
            size += 1
            follower(store, size=size, clock=clock).once()
        follower(store, size=size, clock=clock).once()
    assert names(store) == WHOLE


def test_a_day_begins_a_minute_after_midnight_and_never_again(store: SqlStore) -> None:
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    for seconds, expected in ((-1, WHOLE[:-1]), (59, WHOLE[:-1]), (60, WHOLE), (-3_600, WHOLE)):
        clock = SetClock(midnight + timedelta(seconds=seconds))
        follower(store, clock=clock).once()
        assert names(store) == expected, seconds


def test_an_empty_log_has_no_days_and_no_events(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "empty.sqlite")) as empty:
        follower(empty, size=0).once()
        assert feed(empty) == []


def test_what_is_not_published_is_not_told(store: SqlStore) -> None:
    follower(store, NoEvaluation(), size=4).once()
    assert names(store) == ["0", "1", "2", "3"]


def test_a_log_that_may_not_go_on_is_not_followed(store: SqlStore) -> None:
    withheld = Following(
        store,
        FaultyEvents(store, Operations()),
        Keeping(),
        clock=SetClock(datetime(2026, 11, 25, 9, tzinfo=UTC)),
        origin=ORIGIN,
        published=lambda: None,
    )
    withheld.once()
    assert feed(store) == []


class Raising(Keeping):
    """An evaluation that fails at one entry."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def on_entry(self, seen: Seen) -> Follows:
        if seen.index == 3:
            raise self._error
        return super().on_entry(seen)


def test_an_entry_that_cannot_be_evaluated_ends_the_feed_of_no_other(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    follow = follower(store, Raising(ZeroDivisionError("hostile")))
    follow.once()
    assert names(store) == [name for name in WHOLE if name != "entry3"]
    assert follow.skipped == 1
    assert "was not evaluated" in caplog.text


def test_a_database_that_fails_is_asked_again(store: SqlStore) -> None:
    failing = follower(store, Raising(OperationalError("SELECT", {}, OSError("gone"))))
    with pytest.raises(OperationalError):
        failing.once()
    assert names(store)[-1] == "day2026-11-21"
    follower(store).once()
    assert names(store) == WHOLE


CHILD = """
import sys
from contextlib import closing
from pathlib import Path
from openquality_registry.adapters.sql.opening import open_store
sys.path[:0] = sys.argv[2:]
import test_events_faults as story
from simulated_log import Operations

def tell(name):
    print(name, flush=True)  # the parent may end this process here

with closing(open_store(Path(sys.argv[1]))) as store:
    story.follower(store, operations=Operations(tell)).once()
print("done", flush=True)
"""


@pytest.mark.heavy
def test_a_process_that_is_killed_at_any_write_loses_and_doubles_nothing(
    filled: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(filled, tmp_path))
    here = Path(__file__).parent
    folders = (str(here), str(here.parent / "support"))
    for killed_at in (1, 2, 1, 4, 1, None):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), *folders], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            for count, _ in enumerate(child.stdout, 1):
                if count == killed_at:
                    child.kill()
    with closing(open_store(path)) as store:
        assert names(store) == WHOLE
        assert kept(store) == ROWS
