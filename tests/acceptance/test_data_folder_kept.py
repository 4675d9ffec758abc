"""The data folder of version 0.1.0 opens, is clean, and its records still verify."""

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import get_ident

import pytest
from sqlalchemy import Engine, event

from openquality import Client, Trust, verify
from openquality.cli.main import main
from openquality_registry import bootstrap
from openquality_registry.adapters.sql import opening
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.http import server
from openquality_registry.http.app import create_app
from openquality_registry.settings import load
from openquality_validator.bundle import Outcome
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import LogKey, TrustedLog

KEPT = Path(__file__).parents[1] / "fixtures" / "data-0.1.0"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(KEPT, copy)
    (copy / "keys" / "log.key").chmod(0o600)  # git keeps no such mode
    return copy


def test_the_log_is_clean(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "fsck", "--data", str(folder)]) == 0
    assert "5 entries checked" in "".join(capfd.readouterr())


def test_every_statement_is_served_with_a_bundle_that_passes(folder: Path) -> None:
    with closing(bootstrap.open_folder(folder)) as opened:
        statements = list(opened.store.statements(0, opened.store.state().size))
        vkey = VerifierKey.from_text(opened.signer.vkey)
    trust = Trust(logs=(TrustedLog(vkey.name, (LogKey(vkey),)),))
    parts = bootstrap.build(load(data=folder, workers=0))
    try:
        listening = server.listen("127.0.0.1", 0)
        with server.background(create_app(parts), listening) as url, Client(url) as client:
            bundles = [client.bundle(sha256(statement).hexdigest()) for statement in statements]
    finally:
        parts.close()
    assert len(bundles) == 5
    for bundle in bundles:
        assert verify(bundle, trust=trust, now=NOW).overall is Outcome.PASS


def tables(database: Path) -> dict[str, str]:
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql > ''"))


def rows(database: Path, names: Iterable[str]) -> dict[str, list[object]]:
    with closing(sqlite3.connect(database)) as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - our tables
            for name in names
        }


KEPT_TABLES = ("entries", "statements", "subjects", "categories", "log_state")


def test_an_upgrade_adds_tables_and_keeps_every_row(folder: Path) -> None:
    database = folder / "registry.sqlite"
    before, kept = tables(database), rows(database, KEPT_TABLES)
    assert "heads" not in before
    with closing(bootstrap.open_folder(folder)) as opened:
        assert opened.store.state().size == 5
        assert opened.store.heads(["policy"]) == {}
        assert opened.status_key.did.startswith("did:key:")
    after = tables(database)
    assert after.keys() - before.keys() >= {"heads", "key_events", "statuses", "anchors", "tokens"}
    assert rows(database, KEPT_TABLES) == kept
    assert rows(database, ["alembic_version"]) == {"alembic_version": [(opening.HEAD,)]}
    # The tables that it came with are as a new folder has them, whichever way they came about.
    bootstrap.build(load(data=folder.parent / "new", workers=0)).close()
    new = tables(folder.parent / "new" / "registry.sqlite")
    assert new.keys() == after.keys()
    assert {name: sql for name, sql in new.items() if name in KEPT_TABLES} == {
        name: sql for name, sql in after.items() if name in KEPT_TABLES
    }


def test_an_upgrade_that_stops_at_any_statement_leaves_the_old_tables(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = folder / "registry.sqlite"
    before, kept = tables(database), rows(database, KEPT_TABLES)
    stops = 0
    while not upgraded(database, stop_at=stops):
        assert tables(database) == before
        assert rows(database, [*KEPT_TABLES, "alembic_version"]) == kept | {
            "alembic_version": [("0001",)]
        }
        stops += 1
    with capsys.disabled():
        print(f"\n{stops} statements of an upgrade, stopped at each")  # noqa: T201 - the figure
    assert stops > 12  # as many as the second step has, at least
    assert main(["log", "fsck", "--data", str(folder)]) == 0


class Stop(BaseException):
    """The process ends here."""


def upgraded(database: Path, *, stop_at: int) -> bool:
    """Open the database, ending at the statement with this number; tell whether it got through."""
    executed, here = count(), get_ident()

    def stop(*_: object) -> None:
        # Registries of other tests may be at work in threads of theirs.
        if get_ident() == here and next(executed) == stop_at:
            raise Stop

    event.listen(Engine, "before_cursor_execute", stop)
    try:
        open_store(database).close()
    except Stop:
        return False
    finally:
        event.remove(Engine, "before_cursor_execute", stop)
    return True
