"""Rows that an earlier version derived are made anew at the start, as they would come in now."""

import json
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from registry_at_work import KEY, attestation, publish, statement
from sqlalchemy import delete, select, update

from openquality import credentials
from openquality.signing import sign
from openquality_registry.adapters.sql.index_tables import INDEX_TABLES, categories, measurements
from openquality_registry.adapters.sql.renewing import renew
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.adapters.sql.tables import index_state
from openquality_registry.answering import index
from openquality_registry.folder import open_folder
from openquality_validator.envelope import digest
from openquality_validator.status import statement_target

Rows = dict[str, list[tuple[object, ...]]]


def again(number: int, *, supersedes: str | None = None) -> bytes:
    """Sign a record of the same subject a second time, as another statement."""
    value = attestation(number)
    text = json.dumps(value).replace(value["id"], f"urn:uuid:{uuid.uuid4()}")
    return sign(json.loads(text) | ({"supersedes": supersedes} if supersedes else {}), KEY)


def word(record: bytes, origin: str, state: str, previous: str | None = None) -> bytes:
    subject = {"id": statement_target(digest(record)), "log": origin, "state": state}
    subject |= {"reason": "Gauge 7."} | ({"previous": previous} if previous else {})
    now = datetime.now(UTC)
    value = credentials.make("StatusStatement", subject, issuer=KEY.did, name="Bolt", now=now)
    return sign(value, KEY)


def rows(store: SqlStore) -> Rows:
    with store.read.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in INDEX_TABLES
        }


@pytest.fixture(scope="module")
def made(
    run_registry: Callable[..., object],
    database_of: Callable[[Path], str | None],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, str | None]:
    folder = tmp_path_factory.mktemp("renewal") / "data"
    with run_registry(folder) as (client, parts):  # type: ignore[attr-defined]
        origin = parts.folder.origin
        first = [statement(number) for number in range(6)]
        suspended = word(first[1], origin, "suspended")
        reinstated = word(first[1], origin, "reinstated", digest(suspended))
        sent: Sequence[bytes] = (
            *first,
            again(0),
            suspended,
            reinstated,
            word(first[2], origin, "suspended"),
            again(3, supersedes=digest(first[3])),
        )
        for each in sent:
            answer = publish(client, each)
            assert answer.status_code == 201, answer.text
    return folder, database_of(folder)


def test_rows_of_an_earlier_version_become_those_that_came_in(
    made: tuple[Path, str | None],
) -> None:
    folder, database = made
    with closing(open_folder(folder, database=database)) as opened:
        right = rows(opened.store)
        assert {row[0] for row in right["measurements"] if row[-1]} == {2, 3}  # withdrawn
        with opened.store.write.begin() as connection:
            connection.execute(update(measurements).values(key="old", withdrawn=False))
            connection.execute(delete(categories))
            connection.execute(update(index_state).values(version=index.VERSION - 1))
    with closing(open_folder(folder, database=database)) as opened:
        assert rows(opened.store) == right
        before = opened.store.state()
        # And nothing is gone through a second time.
        assert renew(opened.store.write, origin=opened.origin, operator="") == 0
        assert opened.store.state() == before


def test_the_level_that_an_issuer_had_is_kept(made: tuple[Path, str | None]) -> None:
    folder, database = made
    with closing(open_folder(folder, database=database)) as opened:
        with opened.store.write.begin() as connection:
            known = update(measurements).where(measurements.c.log_index == 4)
            connection.execute(known.values(identity="L1"))
            connection.execute(delete(index_state))
        right = rows(opened.store)
    with closing(open_folder(folder, database=database)) as opened:
        assert rows(opened.store) == right
