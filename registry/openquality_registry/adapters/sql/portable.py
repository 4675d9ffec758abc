"""Every row of the database in a form that either database can take: for backups.

A value is what JSON has: bytes as base64, the rest as it is. Rows come in the order of their
primary key.
"""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, column, select, table

from openquality_registry.adapters.sql import (
    conformity_tables,  # noqa: F401 - so that its tables are in a backup, whoever makes it
    engine,
    event_tables,  # noqa: F401 - so that its tables are in a backup, whoever makes it
    opening,
)
from openquality_registry.adapters.sql.dialects import filler
from openquality_registry.adapters.sql.engine import UnusableDatabase
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.adapters.sql.tables import log_state, metadata
from openquality_registry.adapters.sql.trust_tables import usage
from openquality_registry.ports import LogState

CHUNK = 1_000  # rows held at once: a few MiB at the most
# Today's quotas are of no use elsewhere, and hold addresses of clients.
LEFT_OUT = frozenset((usage.name,))

Row = list[Any]


@dataclass(frozen=True, slots=True)
class Form:
    """Hold a table's name, its columns in the order of a row, and which of them hold bytes."""

    name: str
    columns: tuple[str, ...]
    binary: tuple[bool, ...]


class Snapshot:
    """Read one state of the database, whatever is committed meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        row = connection.execute(select(log_state.c.size, log_state.c.root)).one()
        self.state = LogState(row.size, row.root)

    def tables(self) -> Iterator[tuple[Form, int]]:
        """Yield each table with its number of rows."""
        for each in metadata.sorted_tables:
            if each.name not in LEFT_OUT:
                counted = f'SELECT count(*) FROM "{each.name}"'  # noqa: S608 - our own name
                yield _form(each), self._connection.exec_driver_sql(counted).scalar_one()

    def rows(self, form: Form) -> Iterator[Row]:
        """Yield the rows of a table, streaming."""
        source = metadata.tables[form.name]
        found = self._connection.execution_options(yield_per=CHUNK).execute(
            select(source).order_by(*source.primary_key.columns)
        )
        for row in found:
            yield [
                base64.b64encode(value).decode() if binary and value is not None else value
                for value, binary in zip(row, form.binary, strict=True)
            ]


@contextmanager
def snapshot(store: SqlStore) -> Iterator[Snapshot]:
    """Hold one state of the database for reading; the registry goes on writing."""
    with store.read.connect() as connection:
        yield Snapshot(connection)


def fill(database: Path | str, revision: str, tables: Iterator[tuple[Form, Iterator[Row]]]) -> None:
    """Make a database from rows, in one transaction, and bring its tables up to date.

    Raises UnusableDatabase if there are tables already: nothing is ever written over.
    """
    url = engine.locate(database)
    write = engine.writer(url)
    try:
        with write.begin() as connection:
            if opening.revision_of(connection) is not None:
                raise UnusableDatabase(
                    engine.name(url), "holds tables already", "Name an empty one."
                )
            opening.upgrade(connection, revision)
            for form, rows in tables:
                _fill(connection, form, rows)
            opening.upgrade(connection, opening.HEAD)
    finally:
        write.dispose()


def _fill(connection: Connection, form: Form, rows: Iterator[Row]) -> None:
    target = table(form.name, *(column(name) for name in form.columns))
    insert = filler(connection.dialect)
    while chunk := [_typed(form, row) for row in islice(rows, CHUNK)]:
        insert(connection, target, chunk)


def _typed(form: Form, row: Row) -> Mapping[str, Any]:
    return {
        name: base64.b64decode(value, validate=True) if binary and value is not None else value
        for name, binary, value in zip(form.columns, form.binary, row, strict=True)
    }


def _form(source: Table) -> Form:
    columns = tuple(each.name for each in source.columns)
    return Form(
        source.name,
        columns,
        tuple(isinstance(each.type, LargeBinary) for each in source.columns),
    )
