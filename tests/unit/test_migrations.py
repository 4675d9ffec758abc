"""The migrations make the tables that the code uses, in whatever steps a folder comes."""

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

import openquality_registry
from openquality_registry.adapters.sql import index, opening, portable
from openquality_registry.adapters.sql.opening import NewerDatabase, open_store
from openquality_registry.adapters.sql.tables import metadata
from openquality_registry.ports import LogState
from openquality_validator.tlog.merkle import EMPTY_ROOT

FOLDER = Path(openquality_registry.__file__).parent / "migrations"


def test_the_steps_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    # The tables of every module are meant: those of answers, and those that a backup needs.
    assert index.measurements.metadata is portable.metadata is metadata
    store = open_store(tmp_path / "registry.sqlite")
    with store.write.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all()
        made = {row.name: row.sql for row in rows}
    store.close()
    for name in ("subjects", "categories"):  # clustered: a look-up reads one place
        assert "WITHOUT ROWID" in made[name]
    assert "CHECK (id = 1)" in made["log_state"]


def test_the_newest_step_is_the_one_that_opening_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [opening.HEAD]


def test_a_new_database_holds_the_empty_log(tmp_path: Path) -> None:
    store = open_store(tmp_path / "registry.sqlite")
    assert store.state() == LogState(0, EMPTY_ROOT)
    store.close()


def test_a_newer_database_is_refused_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    open_store(path).close()
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match="newer version"):
        open_store(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_an_interrupted_making_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "registry.sqlite"

    def crash(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(opening, "insert", crash)  # the last thing after all steps
        with pytest.raises(KeyboardInterrupt):
            open_store(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []
    open_store(path).close()


def test_a_database_at_head_is_opened_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    open_store(path).close()
    program = (
        "import sys; from pathlib import Path; "
        "from openquality_registry.adapters.sql.opening import open_store; "
        f"open_store(Path({str(path)!r})).close(); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_readers_cannot_write(tmp_path: Path) -> None:
    store = open_store(tmp_path / "registry.sqlite")
    with store.read.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.exec_driver_sql("UPDATE log_state SET size = 7")
    store.close()
