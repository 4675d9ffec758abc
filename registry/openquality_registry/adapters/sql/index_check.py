"""Check the rows by which entries are found: derive them from the statements anew, and compare.

    (1) the columns of `entries`     digest, issuer, id and kind of each entry
    (2) rows of each entry           subjects, measurements, categories, certificates, records,
                                     names, marks, statuses, key events, schemas
    (3) rows of no entry
    (4) heads                        the newest value of each chain
    (5) withdrawn                    whose values no longer stand in answers

Tables that an older version had not yet are left out, and so are the query's rows while they are
those of an older derivation: the next start makes them anew. What an issuer's level was when a
statement came in is the database's own word, and which rows of a series are current changes with
each new one: both are not compared. Which claims were recomputed, the results of data files say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, Engine, Table, func, inspect, or_, select, true

from openquality_registry import heads, places
from openquality_registry.adapters.sql.derived import Chains, derive
from openquality_registry.adapters.sql.evidence import recomputed
from openquality_registry.adapters.sql.index_tables import INDEX_TABLES
from openquality_registry.adapters.sql.renewing import version_of
from openquality_registry.adapters.sql.schema_tables import SCHEMA_TABLES
from openquality_registry.adapters.sql.store import digest_bytes
from openquality_registry.adapters.sql.tables import entries, log_state, statements, subjects
from openquality_registry.adapters.sql.trust_tables import heads as heads_table
from openquality_registry.adapters.sql.trust_tables import key_events, recomputations, statuses
from openquality_registry.answering import index
from openquality_registry.log.fsck import Difference
from openquality_validator.entry import Entry
from openquality_validator.errors import InvalidInput

CHUNK = 512
VOLATILE = frozenset({"log_index", "identity", "latest", "current", "withdrawn"})
TABLES: Sequence[Table] = (subjects, *INDEX_TABLES, statuses, key_events, *SCHEMA_TABLES)
_HOSTED = heads.hosted("")

Row = tuple[object, ...]
Rows = dict[str, set[Row]]


class IndexCheck:
    """Compare index rows with statements, streaming; `run` yields what differs.

    `operator` is the did:key of the registry's status key, if the folder has one.
    """

    def __init__(self, read: Engine, *, origin: str, operator: str | None) -> None:
        self._read = read
        self._origin: Final = origin
        self._operator: Final = operator
        there = set(inspect(read).get_table_names())
        self._withdrawable = tuple(
            table for table in INDEX_TABLES if "withdrawn" in table.c and table.name in there
        )
        with read.connect() as connection:
            if version_of(connection) != index.VERSION:
                there -= {table.name for table in INDEX_TABLES}
        self._tables = tuple(table for table in TABLES if table.name in there)
        self._has_heads = heads_table.name in there
        self._has_evidence = recomputations.name in there
        self._columns = {
            table.name: tuple(c.name for c in table.columns if c.name not in VOLATILE)
            for table in self._tables
        }

    def run(
        self, size: int, progress: Callable[[int], None] = lambda _: None
    ) -> Iterator[Difference]:
        """Yield every difference in the index.

        `progress` is called with each number of rows just checked, of the first `size` entries.
        """
        chains = Chains()
        for start in range(0, size, CHUNK):
            stop = min(size, start + CHUNK)
            # One short read after the other: a long one would keep SQLite's WAL from being emptied.
            with self._read.connect() as connection:
                yield from self._chunk(connection, start, stop, chains)
            progress(stop - start)
        # One state for what follows from all entries: a registry at work goes on meanwhile.
        with self._read.connect() as connection:
            now = connection.execute(select(log_state.c.size)).scalar_one()
            for start in range(size, now, CHUNK):
                yield from self._chunk(connection, start, min(now, start + CHUNK), chains)
            # (3) Rows of no entry.
            yield from self._stray(connection)
            # (4) and (5) Heads, and what was withdrawn.
            if self._has_heads:
                yield from self._heads(connection, chains)
                yield from self._withdrawn(connection, chains)

    def _chunk(
        self, connection: Connection, start: int, stop: int, chains: Chains
    ) -> Iterator[Difference]:
        e = entries.c
        found = connection.execute(
            select(e.log_index, e.digest, e.issuer, e.credential_id, e.kind, e.entry)
            .where(e.log_index >= start, e.log_index < stop)
            .order_by(e.log_index)
        ).all()
        said = {
            row.log_index: row.statement
            for row in connection.execute(
                select(statements).where(
                    statements.c.log_index >= start, statements.c.log_index < stop
                )
            )
        }
        kept = {table.name: self._kept(connection, table, start, stop) for table in self._tables}
        proved = recomputed(connection, start, stop) if self._has_evidence else set()
        for row in found:
            place = f"entry {row.log_index}"
            if row.log_index not in said:
                continue  # the log's own check names it
            try:
                entry = Entry.from_bytes(row.entry)
                derived = derive(row.log_index, entry, said[row.log_index], chains, proved)
            except InvalidInput:
                continue  # and this too
            except (KeyError, TypeError, ValueError):
                yield Difference("statement-malformed", place, "It gives no rows for the index.")
                continue
            # (1) The columns of the entry.
            right = (digest_bytes(entry.digest), entry.issuer, derived.id, entry.kind)
            if (row.digest, row.issuer, row.credential_id, row.kind) != right:
                yield Difference("entry-row", place, "Its columns are not what its entry gives.")
            # (2) Rows of each entry.
            for table in self._tables:
                expected = self._expected(table, derived.rows.get(table.name, ()))
                own = kept[table.name].get(row.log_index, set())
                yield from _compare(table, place, expected, own)

    def _kept(
        self, connection: Connection, table: Table, start: int, stop: int
    ) -> dict[int, set[Row]]:
        columns = [table.c[name] for name in self._columns[table.name]]
        query = select(table.c.log_index, *columns).where(
            table.c.log_index >= start, table.c.log_index < stop
        )
        kept: dict[int, set[Row]] = {}
        for at, *values in connection.execute(query):
            kept.setdefault(at, set()).add(tuple(values))
        return kept

    def _expected(self, table: Table, rows: Sequence[Mapping[str, object]]) -> set[Row]:
        return {tuple(row[name] for name in self._columns[table.name]) for row in rows}

    def _stray(self, connection: Connection) -> Iterator[Difference]:
        for table in self._tables:
            count = connection.execute(
                select(func.count())
                .select_from(table.outerjoin(entries, entries.c.log_index == table.c.log_index))
                .where(entries.c.log_index.is_(None))
            ).scalar_one()
            if count:
                text = f"{count} rows belong to no entry."
                yield Difference("index-extra", table.name, text)

    def _heads(self, connection: Connection, chains: Chains) -> Iterator[Difference]:
        missing = dict(chains.heads)
        for row in connection.execute(select(heads_table)):
            expected = missing.pop(row.name, None)
            if row.name == heads.POLICY:
                continue  # an operator's choice, of which the log holds the record
            if row.name.startswith(places.HEAD) and (
                not row.value.startswith(places.DIGEST)  # reserved, of which the log knows nothing
                or row.value in chains.places.get(row.name, ())
            ):
                continue
            if row.name.startswith(_HOSTED):
                # Which identities are hosted here, their own address says.
                _, _, name = row.value.rpartition(":")
                known = heads.issuer(row.value) in chains.heads
                expected = row.value if known and heads.hosted(name) == row.name else None
            if row.value != expected:
                text = f"It is {row.value}, and the log gives {expected or 'none'}."
                yield Difference("head-differs", row.name, text)
        for name, value in missing.items():
            text = f"It is not there, and the log gives {value}."
            yield Difference("head-differs", name, text)

    def _withdrawn(self, connection: Connection, chains: Chains) -> Iterator[Difference]:
        expected = chains.withdrawn(connection, log=self._origin, operator=self._operator)
        for table in self._withdrawable:
            c = table.c
            query = select(c.log_index, c.withdrawn).distinct()
            found = connection.execute(
                query.where(or_(c.withdrawn.is_(true()), c.log_index.in_(sorted(expected))))
            )
            for row in found:
                if row.withdrawn is not (row.log_index in expected):
                    said = "is" if row.withdrawn else "is not"
                    text = f"It {said} marked as withdrawn, and the log says otherwise."
                    place = f"{table.name} of entry {row.log_index}"
                    yield Difference("withdrawn-differs", place, text)


def _compare(table: Table, place: str, expected: set[Row], kept: set[Row]) -> Iterator[Difference]:
    if missing := len(expected - kept):
        text = f"{missing} rows of {table.name} are not there as the statement gives them."
        yield Difference("index-missing", place, text)
    if extra := len(kept - expected):
        text = f"{extra} rows of {table.name} do not follow from the statement."
        yield Difference("index-extra", place, text)
