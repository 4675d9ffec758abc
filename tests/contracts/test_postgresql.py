"""What is PostgreSQL's own: its text order, its lost connections, its durability, its refusals."""

import builtins
import importlib.util
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres import Cut, Relay, database
from simulated_log import MemoryTiles, SteppingClock, log_key, pending
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from openquality_registry.adapters.sql import index, opening
from openquality_registry.adapters.sql.engine import UnusableDatabase, locate
from openquality_registry.adapters.sql.opening import NewerDatabase, open_store
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.adapters.sql.tables import metadata
from openquality_registry.log.batch import place
from openquality_registry.log.errors import NotKept
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Commit, LogState, Receipt
from openquality_validator.tlog.growth import Edge


@pytest.fixture
def url() -> Iterator[str]:
    with database() as made:
        yield made


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as opened:
        yield opened


def plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(plain(url), autocommit=True) as connection:
        return connection.execute(question).fetchall()


def first_commit(count: int = 3) -> Commit:
    rows, step = place(
        [pending(at) for at in range(count)], Edge(), now=SteppingClock().now(), after=""
    )
    return Commit(LogState(0, Edge().root), LogState(step.size, step.root), rows)


def test_the_steps_lead_to_the_tables_of_the_code(store: SqlStore) -> None:
    assert index.measurements.metadata is metadata
    with store.write.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
    # Made without what PostgreSQL's B-trees cannot hold, and without what it would check at each
    # row (the first step says why).
    left = {(change[0], str(change[1].name)) for change in found if change[0] != "add_fk"}
    assert left == {
        ("add_constraint", "uq_entries_issuer_credential_id"),
        ("remove_index", "ix_measurements_eligibility"),
        ("add_index", "ix_measurements_eligibility"),
    }


@pytest.mark.usefixtures("store")
def test_every_text_is_compared_by_its_bytes(url: str) -> None:
    texts = ask(
        url,
        "SELECT table_name, column_name, collation_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'text'",
    )
    assert len(texts) > 40
    assert {name for _, _, name in texts} == {"C"}


def test_commits_wait_for_the_disk_and_readers_read_one_state(store: SqlStore) -> None:
    with store.write.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
    with store.read.connect() as connection:
        shown = connection.exec_driver_sql("SHOW transaction_isolation").scalar_one()
        assert shown == "repeatable read"
        with pytest.raises(DBAPIError, match="read-only"):
            connection.exec_driver_sql("UPDATE log_state SET size = 7")


def test_a_server_that_does_not_wait_is_told_to_and_a_stricter_one_is_left(url: str) -> None:
    for given, kept in (("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")):
        name = make_url(url).database
        with psycopg.connect(plain(url), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = {given}")
        with closing(open_store(url)) as store, store.write.connect() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == kept


def test_the_longest_issuer_and_id_are_kept_and_found(store: SqlStore) -> None:
    # Longer together than an entry of a B-tree may be, and not to be compressed.
    issuer = "did:web:" + "".join(chr(33 + at * 7919 % 90) for at in range(1_000))
    long = pending(0, issuer=issuer)
    name = "urn:" + "".join(chr(33 + at * 104_729 % 90) for at in range(2_044))
    long = type(long)(
        statement=long.statement,
        digest=long.digest,
        issuer=issuer,
        credential_id=name,
        kind=long.kind,
        subjects=long.subjects,
    )
    rows, step = place([long], Edge(), now=SteppingClock().now(), after="")
    store.commit(Commit(LogState(0, Edge().root), LogState(step.size, step.root), rows))
    found = store.find_id(issuer, name)
    assert found is not None
    assert found.digest == long.digest


def test_a_look_up_by_issuer_and_id_uses_their_index(store: SqlStore) -> None:
    store.commit(first_commit(250))
    with store.write.begin() as connection:
        connection.exec_driver_sql("ANALYZE entries")
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql(
            "EXPLAIN SELECT 1 FROM entries WHERE issuer || chr(31) || credential_id IN ('a', 'b')"
        )
        assert "uq_entries_issuer_credential_id" in "".join(plan.scalars())


def test_a_question_with_u0000_finds_nothing(store: SqlStore) -> None:
    store.commit(first_commit())
    assert store.find_id("did:key:zIssuer", "urn:uuid:\x000") is None
    assert store.heads(["status:\x00"]) == {}
    assert store.find_id("did:key:zIssuer", "urn:uuid:0") is not None


@pytest.mark.parametrize("cut", Cut)
def test_a_commit_whose_answer_is_lost_is_found_out_for_good(url: str, cut: Cut) -> None:
    relay = Relay(url)
    try:
        with closing(open_store(relay.url)) as store:
            commit = first_commit()
            relay.cut = cut
            with pytest.raises(DBAPIError):
                store.commit(commit)
            assert relay.cuts == 1
            found = store.state()
            assert found == (commit.old if cut is Cut.BEFORE else commit.new)
            time.sleep(2 * Relay.DELAY)
            assert store.state() == found  # nothing happens behind our back
    finally:
        relay.close()


@pytest.mark.parametrize("cut", Cut)
def test_a_sequencer_answers_rightly_when_the_connection_breaks(url: str, cut: Cut) -> None:
    relay = Relay(url)
    try:
        with closing(open_store(relay.url)) as store:
            sequencer = Sequencer(store, MemoryTiles(), log_key(), SteppingClock())
            sequencer.recover()
            relay.cut = cut
            (answer,) = sequencer._perform([pending(0)])
            assert type(answer) is (NotKept if cut is Cut.BEFORE else Receipt)
            (again,) = sequencer._perform([pending(0)])
            assert isinstance(again, Receipt)
            assert (again.index, again.created) == (0, cut is Cut.BEFORE)
            assert store.state().size == 1
    finally:
        relay.close()


def test_the_registry_goes_on_after_the_server_ended_its_connections(
    store: SqlStore, url: str
) -> None:
    sequencer = Sequencer(store, MemoryTiles(), log_key(), SteppingClock())
    sequencer.recover()
    (first,) = sequencer._perform([pending(0)])
    assert isinstance(first, Receipt)
    ask(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    answers = [sequencer._perform([pending(1)])[0] for _ in range(4)]
    assert isinstance(answers[-1], Receipt)
    assert store.state().size == 2


def test_two_processes_that_open_a_new_database_make_it_once(url: str) -> None:
    failures: list[Exception] = []

    def attempt() -> None:
        try:
            open_store(url).close()
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ask(url, "SELECT version_num FROM alembic_version") == [(opening.HEAD,)]


def test_an_interrupted_making_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(opening, "insert", crash)  # the last thing after all steps
        with pytest.raises(KeyboardInterrupt):
            open_store(url)
    assert ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
    open_store(url).close()


def test_a_newer_database_is_refused(store: SqlStore, url: str) -> None:
    with store.write.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match="newer version"):
        open_store(url)


def test_a_database_that_is_not_there_is_named_without_its_password(url: str) -> None:
    missing = make_url(url).set(database="nowhere", password="secret")
    with pytest.raises(UnusableDatabase, match="does not exist") as caught:
        open_store(missing.render_as_string(hide_password=False))
    assert "secret" not in str(caught.value)


def test_without_the_driver_the_command_to_install_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "psycopg" else builtins.object()
    )
    monkeypatch.setattr(
        "openquality_registry.adapters.sql.engine.find_spec", importlib.util.find_spec
    )
    with pytest.raises(UnusableDatabase) as caught:
        locate("postgresql://user@host/name")
    assert "pip install 'openquality[registry,postgresql]'" in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite:///file", "not a url", ""])
def test_a_database_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(UnusableDatabase, match=r"postgresql\+psycopg://"):
        locate(url)
