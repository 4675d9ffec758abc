"""What the feed of events promises, on each database: all or nothing, in one order, once."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from postgres import database
from simulated_log import SteppingClock, pending
from sqlalchemy.exc import SQLAlchemyError

from openquality_registry.adapters.sql import events as sql_events
from openquality_registry.adapters.sql.events import SqlEvents
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.events.event import Event
from openquality_registry.events.plain import ADMITTED
from openquality_registry.events.ports import Asked, Overtaken, Position
from openquality_registry.log.batch import place as placed_in
from openquality_registry.ports import Commit, LogState, Pending
from openquality_validator.tlog.growth import Edge

NOON = "2026-11-21T12:00:00.000Z"
LISTING = {"id": "0123456789abcdef", "entered_by": "me", "entered_at": NOON}


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """Give a store with four entries."""
    with ExitStack() as stack:
        where: Path | str = tmp_path / "registry.sqlite"
        if request.param == "postgresql":
            where = stack.enter_context(database())
        opened = stack.enter_context(closing(open_store(where)))
        rows, step = placed_in(BATCH, Edge(), now=SteppingClock().now(), after="")
        old = LogState(Edge().size, Edge().root)
        opened.commit(Commit(old, LogState(step.size, step.root), rows))
        yield opened


BATCH: Sequence[Pending] = [
    pending(0),
    pending(1, issuer="did:key:zOther"),
    replace(pending(2), subjects=("gtin:09506000134352", "mpn:2")),
    pending(3),
]


def feed_of(store: SqlStore) -> SqlEvents:
    return SqlEvents(write=store.write, read=store.read)


def admitted(index: int) -> Event:
    """Say that an entry was published, as the follower does."""
    made = BATCH[index]
    return Event(
        type=ADMITTED,
        key=made.digest,
        subject=f"statement:{made.digest}",
        issuer=made.issuer,
        time=NOON,
        index=index,
    )


def late(name: str, *, index: int | None = None) -> Event:
    return Event(
        type="data.late",
        key=name,
        subject=f"mpn:{name}",
        issuer="did:key:zIssuer",
        time=NOON,
        data={"days": 3, "text": 'a "quoted" ä'},
        index=index,
    )


def keys(events: SqlEvents, asked: Asked | None = None, *, after: int = 0) -> list[str]:
    found = events.read(asked or Asked(), after=after, limit=100)
    return [told.event.key for told in found.events]


def test_before_the_first_event_there_is_nothing(store: SqlStore) -> None:
    events = feed_of(store)
    assert events.position() == Position()
    page = events.read(Asked(), after=0, limit=10)
    assert (page.events, page.seen, page.newest) == ((), 0, 0)


def test_events_are_read_in_order_with_all_that_was_said(store: SqlStore) -> None:
    events = feed_of(store)
    here = Position(2, 3, "2026-11-21")
    events.write(Position(), here, [admitted(0), late("a"), late("b", index=1)], {})
    assert events.position() == here
    page = events.read(Asked(), after=0, limit=10)
    assert [told.sequence for told in page.events] == [1, 2, 3]
    assert page.events[1].event == late("a")
    assert page.events[2].event == late("b", index=1)
    # Of an entry everything is said that stands in it.
    first = page.events[0].event
    assert first.subject == f"statement:{BATCH[0].digest}"
    assert first.time == "2026-11-20T12:00:01.000Z"
    assert first.data["subjects"] == ["mpn:0"]
    assert (first.index, first.issuer, first.key) == (0, "did:key:zIssuer", BATCH[0].digest)


def test_a_page_ends_at_its_limit_and_the_next_begins_there(store: SqlStore) -> None:
    events = feed_of(store)
    events.write(Position(), Position(0, 5, ""), [late(name) for name in "abcde"], {})
    page = events.read(Asked(), after=1, limit=2)
    assert [told.event.key for told in page.events] == ["b", "c"]
    assert (page.seen, page.newest) == (3, 5)
    page = events.read(Asked(), after=3, limit=2)
    assert (len(page.events), page.seen) == (2, 5)
    page = events.read(Asked(), after=9, limit=2)
    assert (page.events, page.seen, page.newest) == ((), 9, 5)


def test_a_page_looks_through_a_bounded_part_of_the_feed(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_events, "WINDOW", 3)
    events = feed_of(store)
    events.write(Position(), Position(0, 7, ""), [late(name) for name in "abcdefg"], {})
    asked, seen, found = Asked(subject="mpn:e"), 0, []
    for stop in (3, 6, 7):
        page = events.read(asked, after=seen, limit=10)
        seen = page.seen
        assert seen == stop
        found.extend(told.event.key for told in page.events)
    assert found == ["e"]


FOUND = [
    (Asked(types=("data.late",)), ["4", "5"]),
    (Asked(types=("data.late", "statement.admitted")), ["0", "1", "2", "3", "4", "5"]),
    (Asked(types=("certificate.expired",)), []),
    (Asked(issuer="did:key:zOther"), ["1"]),
    (Asked(issuer="did:key:zIssuer"), ["0", "2", "3", "4", "5"]),
    (Asked(subject="gtin:09506000134352"), ["2", "5"]),
    (Asked(subject="mpn:4"), ["4"]),
    (Asked(subject=f"statement:{BATCH[3].digest}"), ["3"]),
    (Asked(subject="statement:sha256:nonsense"), []),
    (Asked(("data.late",), "gtin:09506000134352", "did:key:zIssuer"), ["5"]),
]


def test_filters_find_by_what_the_event_or_its_statement_is_about(store: SqlStore) -> None:
    events = feed_of(store)
    # The last one follows from the entry that look-up finds under a GTIN as well.
    told = [*map(admitted, range(4)), late("4"), late("5", index=2)]
    events.write(Position(), Position(4, 6, "2026-11-21"), told, {})
    names = {BATCH[index].digest: str(index) for index in range(4)}
    for asked, expected in FOUND:
        assert [names.get(key, key) for key in keys(events, asked)] == expected, asked


def test_a_write_from_an_old_position_leaves_nothing_behind(store: SqlStore) -> None:
    events = feed_of(store)
    events.write(Position(), Position(1, 1, ""), [late("a")], {})
    row = {**LISTING, "content": "{}"}
    with pytest.raises(Overtaken, match="0 entries"):
        events.write(Position(), Position(1, 1, ""), [late("b")], {"listings": [row]})
    assert keys(events) == ["a"]
    with store.read.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM listings").scalar_one() == 0


def test_rows_take_the_place_of_those_with_the_same_key(store: SqlStore) -> None:
    events = feed_of(store)
    one, two = ({**LISTING, "content": text} for text in ("one", "two"))
    events.write(Position(), Position(1, 0, ""), [], {"listings": [one]})
    events.write(Position(1, 0, ""), Position(2, 0, ""), [], {"listings": [two]})
    with store.read.connect() as connection:
        assert connection.exec_driver_sql("SELECT content FROM listings").scalars().all() == ["two"]


def test_rows_that_cannot_be_kept_take_the_events_with_them(store: SqlStore) -> None:
    events = feed_of(store)
    with pytest.raises(SQLAlchemyError):
        events.write(Position(), Position(1, 1, ""), [late("a")], {"listings": [dict(LISTING)]})
    assert events.position() == Position()
    assert keys(events) == []


def test_of_writers_at_the_same_moment_one_wins_each_step(store: SqlStore) -> None:
    def write(name: str) -> int:
        events, won = feed_of(store), 0
        while (old := events.position()).sequence < 40:
            new = Position(old.entries, old.sequence + 1, "")
            try:
                events.write(old, new, [late(f"{name}{old.sequence}")], {})
            except Overtaken:
                continue
            won += 1
        return won

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(write, "ab"))
    assert sum(counts) == 40
    found = keys(feed_of(store))
    assert [int(key[1:]) for key in found] == list(range(40))
