"""What places in status lists promise, on each database: given once, found again."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from postgres import database
from simulated_log import SteppingClock, pending

from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.places import SqlPlaces
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.log.batch import place as placed_in
from openquality_registry.ports import Commit, LogState, Pending
from openquality_validator.status import statement_target
from openquality_validator.status.bitstring import Purpose
from openquality_validator.tlog.growth import Edge

REVOCATION, SUSPENSION = Purpose.REVOCATION, Purpose.SUSPENSION
OWN, OTHER = "did:key:zOwn", "did:key:zOther"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    with ExitStack() as stack:
        where: Path | str = tmp_path / "registry.sqlite"
        if request.param == "postgresql":
            where = stack.enter_context(database())
        yield stack.enter_context(closing(open_store(where)))


def places_of(store: SqlStore) -> SqlPlaces:
    return SqlPlaces(write=store.write, read=store.read)


def committed(store: SqlStore, pendings: Sequence[Pending]) -> None:
    edge = Edge()
    rows, step = placed_in(pendings, edge, now=SteppingClock().now(), after="")
    before = LogState(edge.size, edge.root)
    store.commit(Commit(before, LogState(step.size, step.root), rows))


def taking(number: int, name: str, place: int) -> Pending:
    made = pending(number)
    return replace(made, moves={f"place:{name}/{place}": made.digest})


def said_of(number: int, target: Pending) -> Pending:
    row: Mapping[str, object] = {
        "target": statement_target(target.digest),
        "state": "revoked",
        "issuer": OWN,
    }
    return replace(pending(number), index_rows={"statuses": [row]})


def test_a_place_is_given_once_until_the_list_is_full_and_then_from_the_next(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openquality_validator.status.bitstring.SIZE", 8)
    places = places_of(store)
    first = places.reserve(REVOCATION, OWN, 5, capacity=8)
    again = places.reserve(REVOCATION, OTHER, 5, capacity=8)
    # A process that starts now knows nothing of what this one has given.
    fresh = places_of(store).reserve(REVOCATION, OWN, 4, capacity=8)
    given = [*first, *again, *fresh]
    assert len(set(given)) == len(given) == 14
    assert {place for name, place in given if name == "revocation-1"} == set(range(8))
    assert {name for name, _ in given} == {"revocation-1", "revocation-2"}
    assert places.reserve(SUSPENSION, OWN, 1, capacity=8)[0][0] == "suspension-1"


def test_a_place_is_held_by_who_reserved_it(store: SqlStore) -> None:
    ((name, place),) = places_of(store).reserve(REVOCATION, OWN, 1)
    head = f"place:{name}/{place}"
    assert store.heads([head]) == {head: OWN}


def test_requests_at_the_same_moment_get_places_of_their_own(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openquality_validator.status.bitstring.SIZE", 64)
    places = places_of(store)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: places.reserve(REVOCATION, OWN, 6, capacity=64), range(10))
        given = [each for answer in answers for each in answer]
    assert len(set(given)) == len(given) == 60


def test_a_list_exists_from_its_first_place_on(store: SqlStore) -> None:
    places = places_of(store)
    assert not places.has("revocation-1")
    places.reserve(REVOCATION, OWN, 1)
    assert places.has("revocation-1")
    # Names that begin alike, and an empty one, are lists of their own.
    assert not places.has("revocation-10")
    assert not places.has("revocation-")
    assert not places.has("suspension-1")


def test_records_that_were_spoken_of_are_found_by_list_and_by_place_in_the_log(
    store: SqlStore,
) -> None:
    places = places_of(store)
    records = [
        taking(0, "revocation-1", 7),
        taking(1, "revocation-1", 131_071),
        taking(2, "revocation-10", 7),
        taking(3, "revocation-1", 9),
        pending(4),
    ]
    assert places.newest_status() == -1
    committed(
        store,
        [
            *records,
            said_of(5, records[0]),
            said_of(6, records[2]),
            said_of(7, records[1]),
            said_of(8, records[0]),
            said_of(9, records[4]),
            pending(10),
        ],
    )
    first, last = {7: records[0].digest}, {131_071: records[1].digest}
    assert places.newest_status() == 9
    assert places.spoken_of("revocation-1", 0, 11) == first | last
    assert places.spoken_of("revocation-1", 0, 7) == first
    assert places.spoken_of("revocation-1", 6, 8) == last
    assert places.spoken_of("revocation-1", 9, 11) == {}
    assert places.spoken_of("revocation-10", 0, 11) == {7: records[2].digest}
    assert places.spoken_of("revocation-2", 0, 11) == {}
