"""Following a log gives what its definition gives, in memory and from the registry's tables."""

import datetime as dt
import random
from pathlib import Path

import conformity_oracle
import orjson
import pytest
from conforming import (
    ASSESSOR,
    BUYER,
    LISTED,
    OPERATOR,
    ORIGIN,
    SUPPLIER,
    Log,
    follow,
    on_time,
    promise,
)

from openquality_registry.adapters.sql.conformity_tables import deviations as kept
from openquality_registry.adapters.sql.events import SqlEvents
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.conformity.evaluation import SqlEvaluation
from openquality_registry.events.ports import Follows, Position, Seen
from openquality_validator.conformity import Deviation, InMemory

FIRST = dt.date(2026, 1, 5)
UNTIL = "2027-01-31"


def history(seed: int) -> Log:
    """Write some forty entries: weeks and months, promises, corrections, words of everybody."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    log = Log()
    day = FIRST
    targets: list[tuple[str, bool]] = []
    week = 0
    for _ in range(45):
        day += dt.timedelta(days=chance.choice((0, 0, 1, 5, 7, 9)))
        at = day.isoformat()
        match chance.choices(range(5), weights=(12, 2, 2, 2, 1))[0]:
            case 0:
                week += chance.choice((0, 1, 1, 1, 1, 2, 6, -3))
                start = FIRST + dt.timedelta(days=7 * week)
                claim = _share(chance, start, start + dt.timedelta(days=6))
                targets.append((log.attest(at, claim), True))
            case 1:
                start = FIRST + dt.timedelta(days=chance.randrange(200))
                end = start + dt.timedelta(days=chance.choice((0, 27, 30, 90)))
                key, role = chance.choice(((SUPPLIER, "producer"), (BUYER, "observer")))
                log.attest(at, _share(chance, start, end), key=key, role=role)
            case 2:
                window = {"amount": chance.choice(("7", "30")), "unit": "d"}
                start = day + dt.timedelta(days=chance.choice((-40, 0, 20)))
                end = start + dt.timedelta(days=chance.choice((30, 100, 300)))
                made = promise(start.isoformat(), end.isoformat(), window=window)
                targets.append((log.attest(at, made), True))
            case 3 if targets:
                place = chance.randrange(len(targets))
                digest, stands = targets[place]
                log.say(at, "suspended" if stands else "reinstated", digest)
                targets[place] = (digest, not stands)
            case _ if targets:
                digest, _ = targets.pop(chance.randrange(len(targets)))
                start = FIRST + dt.timedelta(days=7 * chance.randrange(40))
                claim = _share(chance, start, start + dt.timedelta(days=6))
                targets.append((log.attest(at, claim, supersedes=digest), True))
            case _:
                claim = _share(chance, day, day) | {"method": {"standard": "ISO-9001"}}
                log.attest(at, claim, key=ASSESSOR, role="assessor")
    return log


def _share(chance: random.Random, start: dt.date, end: dt.date) -> dict[str, object]:
    n = chance.choice((50, 100, 200))
    x = n - min(n, int(chance.expovariate(1 / (0.05 * n))))
    return on_time(start.isoformat(), end.isoformat(), x, n)


def told(each: Deviation) -> conformity_oracle.Opened:
    closed = each.closed
    return (
        each.kind.value,
        each.matter,
        each.opened.day.isoformat(),
        each.opened.index,
        None if closed is None else closed.day.isoformat(),
        None if closed is None else closed.index,
    )


@pytest.mark.parametrize("seed", range(4, 12))
def test_following_gives_what_the_definition_gives(seed: int) -> None:
    log, memory = history(seed), InMemory()
    for _ in follow(log, UNTIL, memory=memory):
        pass
    found = {told(each) for each in memory.deviations.values()}
    assert found == conformity_oracle.deviations(log, UNTIL)
    assert len(found) == len(memory.deviations)


def test_the_histories_hold_every_kind_of_deviation() -> None:
    kinds = set()
    for seed in range(4, 12):
        kinds |= {(kind, closed is None) for kind, *_, closed, _ in _all(seed)}
    assert kinds == {
        (kind, is_open) for kind in ("promise", "gap", "limit") for is_open in (True, False)
    }


def _all(seed: int) -> set[conformity_oracle.Opened]:
    memory = InMemory()
    for _ in follow(history(seed), UNTIL, memory=memory):
        pass
    return {told(each) for each in memory.deviations.values()}


@pytest.mark.parametrize("seed", range(2))
def test_the_tables_of_a_registry_give_the_same_as_memory(seed: int, tmp_path: Path) -> None:
    log, memory = history(seed), InMemory()
    for _ in follow(log, UNTIL, memory=memory):
        pass
    store = open_store(tmp_path / "registry.sqlite")
    events = SqlEvents(write=store.write, read=store.read)
    day, position = FIRST - dt.timedelta(days=1), Position()

    def move(found: Follows, index: int, today: dt.date) -> None:
        nonlocal position
        after = Position(index, position.sequence + len(found.events), today.isoformat())
        events.write(position, after, found.events, found.rows)
        position = after

    # A server that was restarted before each entry and each day: nothing is kept but the tables.
    def fresh() -> SqlEvaluation:
        return SqlEvaluation(store, log=ORIGIN, operator=OPERATOR, accreditors=LISTED)

    for index, (entry, statement) in enumerate(log.entries):
        today = dt.date.fromisoformat(entry.admitted_at[:10])
        while day < today:
            day += dt.timedelta(days=1)
            move(fresh().on_day(day), index, day)
        move(fresh().on_entry(Seen(index, entry, statement)), index + 1, day)
    while day < dt.date.fromisoformat(UNTIL):
        day += dt.timedelta(days=1)
        move(fresh().on_day(day), len(log.entries), day)
    with store.read.connect() as connection:
        rows = connection.execute(kept.select()).all()
    store.close()
    assert {
        row.id: Deviation.from_json(orjson.loads(row.content)) for row in rows
    } == memory.deviations
