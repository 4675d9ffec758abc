"""The Store of `ports.py` over SQL."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from openquality_registry.adapters.sql import (
    dialects,
    schema_tables,  # noqa: F401 - the tables of index rows stand in `metadata`
)
from openquality_registry.adapters.sql.index_tables import measurements
from openquality_registry.adapters.sql.series import mark_current, withdraw
from openquality_registry.adapters.sql.tables import entries, log_state, metadata, statements
from openquality_registry.adapters.sql.tables import subjects as subject_keys
from openquality_registry.adapters.sql.trust_tables import (
    did_witnesses,
    heads,
    key_events,
    statuses,
)
from openquality_registry.dated import dated
from openquality_registry.log.errors import AlreadyTaken, LostRace
from openquality_registry.ports import Commit, Logged, LogState, Pending
from openquality_validator.kinds import MEASURE, REGISTRATION, STATUS

CHUNK = 1_024  # rows read at once by the streaming methods: a few MiB at the most

_LOGGED = (
    entries.c.log_index,
    entries.c.digest,
    entries.c.issuer,
    entries.c.credential_id,
    entries.c.kind,
    entries.c.entry,
)
# Made once: building a query takes SQLAlchemy longer than SQLite takes to answer it.
_STATE = select(log_state.c.size, log_state.c.root)
_STATEMENT = (
    select(statements.c.statement)
    .join(entries, entries.c.log_index == statements.c.log_index)
    .where(entries.c.digest == bindparam("digest"))
)
_BY_DIGEST = select(*_LOGGED).where(entries.c.digest.in_(bindparam("digests", expanding=True)))
_HEADS = select(heads.c.name, heads.c.value).where(
    heads.c.name.in_(bindparam("names", expanding=True))
)

_STATUSES = (
    select(statuses.c.log_index, statements.c.statement)
    .join(statements, statements.c.log_index == statuses.c.log_index)
    .where(statuses.c.target == bindparam("target"))
    .order_by(statuses.c.log_index)
)
_SAID_ABOUT = (
    select(entries.c.log_index, entries.c.entry, statements.c.statement)
    .join(subject_keys, subject_keys.c.log_index == entries.c.log_index)
    .join(statements, statements.c.log_index == entries.c.log_index)
    .where(subject_keys.c.key == bindparam("target"), entries.c.kind.in_((STATUS, MEASURE)))
    .order_by(entries.c.log_index)
)

_KEY_EVENTS = (
    select(key_events.c.log_index, statements.c.statement)
    .join(statements, statements.c.log_index == key_events.c.log_index)
    .where(key_events.c.did == bindparam("did"))
    .order_by(key_events.c.log_index)
)
_REGISTRATIONS = (
    select(entries.c.log_index, statements.c.statement)
    .join(subject_keys, subject_keys.c.log_index == entries.c.log_index)
    .join(statements, statements.c.log_index == entries.c.log_index)
    .where(subject_keys.c.key == bindparam("did"), entries.c.kind == REGISTRATION)
    .order_by(entries.c.log_index)
)


class SqlStore:
    """Keep the registry's rows; `ports.Store` says what that promises.

    `write` and `read` are engines on the same database (`engine.py`).
    """

    def __init__(self, *, write: Engine, read: Engine) -> None:
        self.write = write
        self.read = read
        self._statement = str(_STATEMENT.compile(read))
        self._fill = dialects.filler(write.dialect)
        self._in_doubt = False  # nobody knows what became of the last commit
        self._by_name = select(*_LOGGED).where(dialects.by_name(read.dialect))

    def state(self) -> LogState:
        """Return the committed size and root."""
        if self._in_doubt:
            # A write of its own settles it, so that what is seen now does not change any more.
            # PostgreSQL may still be at the commit whose answer was lost: its lock is waited for.
            # SQLite may have left a whole commit behind that only the disk refused, and would find
            # it after a crash: it is written over.
            with self.write.begin() as connection:
                for step in (1, -1):  # SQLite writes no page that does not change
                    connection.execute(update(log_state).values(size=log_state.c.size + step))
                row = connection.execute(_STATE).one()
            self._in_doubt = False
        else:
            with self.read.connect() as connection:
                row = connection.execute(_STATE).one()
        return LogState(size=row.size, root=row.root)

    def commit(self, batch: Commit) -> None:
        """Write the batch in one transaction, guarded by the old state."""
        try:
            self._commit(batch)
        except (LostRace, AlreadyTaken):
            raise
        except BaseException:
            self._in_doubt = True
            raise

    def _commit(self, batch: Commit) -> None:
        try:
            with self.write.begin() as connection:
                moved = connection.execute(
                    update(log_state)
                    .where(
                        log_state.c.id == 1,
                        log_state.c.size == batch.old.size,
                        log_state.c.root == batch.old.root,
                    )
                    .values(size=batch.new.size, root=batch.new.root)
                )
                if moved.rowcount != 1:
                    raise LostRace(f"the log is no longer at size {batch.old.size}")
                for table, rows in _rows(batch):
                    self._fill(connection, table, rows)
                    if table is measurements:
                        mark_current(connection, rows)
                _move(connection, batch)
                for placed in batch.rows:
                    for digest, withdrawn in placed.pending.withdraws.items():
                        withdraw(connection, digest_bytes(digest), withdrawn=withdrawn)
        except IntegrityError as error:
            taken = self.find_taken([placed.pending for placed in batch.rows])
            key = next((logged.digest for logged in taken if logged), str(error.orig))
            raise AlreadyTaken(key) from error
        except DBAPIError as error:
            if dialects.disk_is_full(error):
                raise dialects.full_disk() from error
            raise

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield entry bytes in order."""
        return self._column(entries, entries.c.entry, start, stop)

    def leaf_hashes(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield leaf hashes in order."""
        return self._column(entries, entries.c.leaf_hash, start, stop)

    def statements(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield exact statement bytes in order."""
        return self._column(statements, statements.c.statement, start, stop)

    def statement(self, digest: str) -> bytes | None:
        """Return the exact bytes with this digest."""
        # Through the driver alone: this is what readers ask for most, and SQLAlchemy's part of one
        # small query takes five times as long as SQLite's.
        connection = self.read.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(self._statement, {"digest": digest_bytes(digest)})
            row = cursor.fetchone()
            cursor.close()
        finally:
            connection.close()
        return row[0] if row else None

    def find(self, digest: str) -> Logged | None:
        """Return the committed statement with this digest."""
        return next(iter(self._logged(_BY_DIGEST, digests=[digest_bytes(digest)])), None)

    def find_id(self, issuer: str, credential_id: str) -> Logged | None:
        """Return the committed statement of this issuer with this credential id."""
        return next(iter(self._named([(issuer, credential_id)])), None)

    def find_taken(self, batch: Sequence[Pending]) -> tuple[Logged | None, ...]:
        """Return, for each pending, the committed one with its digest, else with its id."""
        digests = [digest_bytes(pending.digest) for pending in batch]
        ids = [(pending.issuer, pending.credential_id) for pending in batch]
        same = {logged.digest: logged for logged in self._logged(_BY_DIGEST, digests=digests)}
        named = {(logged.issuer, logged.credential_id): logged for logged in self._named(ids)}
        return tuple(
            same.get(pending.digest) or named.get(key)
            for pending, key in zip(batch, ids, strict=True)
        )

    def heads(self, names: Collection[str]) -> Mapping[str, str]:
        """Return the values of those of the named heads that have one."""
        with self.read.connect() as connection:
            found = connection.execute(_HEADS, {"names": list(names)})
            return {row.name: row.value for row in found}

    def key_events(self, did: str) -> Sequence[tuple[int, bytes]]:
        """Return the key events of an issuer in log order: index and exact bytes."""
        return self._found(_KEY_EVENTS, did=did)

    def did_witness(self, did: str) -> bytes | None:
        """Return the newest did-witness.json of a did:webvh, if it has one."""
        wanted = select(did_witnesses.c.proofs).where(did_witnesses.c.did == did)
        with self.read.connect() as connection:
            found: bytes | None = connection.execute(wanted).scalar_one_or_none()
            return found

    def keep_did_witness(self, did: str, proofs: bytes) -> None:
        """Keep the newest did-witness.json of a did:webvh, durably."""
        with self.write.begin() as connection:
            connection.execute(delete(did_witnesses).where(did_witnesses.c.did == did))
            connection.execute(insert(did_witnesses).values(did=did, proofs=proofs))

    def has_issuer(self, did: str) -> bool:
        """Tell whether any entry is by this issuer."""
        wanted = select(entries.c.log_index).where(entries.c.issuer == did).limit(1)
        with self.read.connect() as connection:
            return connection.execute(wanted).first() is not None

    def registrations(self, did: str) -> Sequence[tuple[int, bytes]]:
        """Return the registrations of an issuer in log order: index and exact bytes."""
        return self._found(_REGISTRATIONS, did=did)

    def status_statements(self, target: str) -> Sequence[tuple[int, bytes]]:
        """Return the status statements for a target in log order: index and exact bytes."""
        return self._found(_STATUSES, target=target)

    def said_about(self, target: str) -> Sequence[tuple[int, bytes, bytes]]:
        """Return what status statements and measures say of a target, in log order."""
        with self.read.connect() as connection:
            found = connection.execute(_SAID_ABOUT, {"target": target})
            return [(row.log_index, row.entry, row.statement) for row in found]

    def find_many(self, digests: Sequence[str]) -> dict[str, Logged]:
        """Return those of the digests that are committed."""
        wanted = [digest_bytes(digest) for digest in digests]
        return {logged.digest: logged for logged in self._logged(_BY_DIGEST, digests=wanted)}

    def close(self) -> None:
        """Close all connections; the store is not used afterwards."""
        self.read.dispose()
        self.write.dispose()

    def _found(self, query: Select[*tuple[Any, ...]], **values: str) -> list[tuple[int, bytes]]:
        with self.read.connect() as connection:
            found = connection.execute(query, values)
            return [(row.log_index, row.statement) for row in found]

    def _named(self, ids: Sequence[tuple[str, str]]) -> list[Logged]:
        return self._logged(self._by_name, **dialects.names(self.read.dialect, ids))

    def _logged(self, query: Select[*tuple[Any, ...]], **values: object) -> list[Logged]:
        with self.read.connect() as connection:
            return [_logged(row) for row in connection.execute(query, values)]

    def _column(
        self, table: Table, column: Column[bytes], start: int, stop: int
    ) -> Iterator[bytes]:
        # One short read after the other: a long one would keep SQLite's WAL from being emptied.
        for low in range(start, stop, CHUNK):
            chunk = (
                select(column)
                .where(table.c.log_index >= low, table.c.log_index < min(stop, low + CHUNK))
                .order_by(table.c.log_index)
            )
            with self.read.connect() as connection:
                found = connection.execute(chunk).scalars().all()
            yield from found


def digest_bytes(digest: str) -> bytes:
    """Turn `sha256:<hex>` into the 32 bytes that the tables hold."""
    return bytes.fromhex(digest.removeprefix("sha256:"))


def _logged(row: Row[*tuple[Any, ...]]) -> Logged:
    return Logged(
        index=row.log_index,
        digest=f"sha256:{row.digest.hex()}",
        issuer=row.issuer,
        credential_id=row.credential_id,
        kind=row.kind,
        entry=row.entry,
    )


def _move(connection: Connection, batch: Commit) -> None:
    """Give the heads their new values; the sequencer has compared the old ones."""
    moved: dict[str, str] = {}
    for placed in batch.rows:
        moved.update(placed.pending.moves)
    if moved:
        connection.execute(delete(heads).where(heads.c.name.in_(list(moved))))
        rows = [{"name": name, "value": value} for name, value in moved.items()]
        connection.execute(insert(heads), rows)


def _rows(batch: Commit) -> Iterator[tuple[Table, list[dict[str, object]]]]:
    """Group the batch's rows by table, so that each table takes one statement."""
    yield (
        entries,
        [
            {
                "log_index": placed.index,
                "digest": digest_bytes(placed.pending.digest),
                "issuer": placed.pending.issuer,
                "credential_id": placed.pending.credential_id,
                "kind": placed.pending.kind,
                "entry": placed.entry,
                "leaf_hash": placed.leaf_hash,
            }
            for placed in batch.rows
        ],
    )
    yield (
        statements,
        [
            {"log_index": placed.index, "statement": placed.pending.statement}
            for placed in batch.rows
        ],
    )
    keys = [
        {"key": key, "log_index": placed.index}
        for placed in batch.rows
        for key in placed.pending.subjects
    ]
    if keys:
        yield subject_keys, keys
    grouped: dict[str, list[dict[str, object]]] = {}
    for placed in batch.rows:
        for name, rows in placed.pending.index_rows.items():
            whole = dated(name, rows, placed.admitted_at)
            grouped.setdefault(name, []).extend({**row, "log_index": placed.index} for row in whole)
    for name, filled in sorted(grouped.items()):
        if filled:
            yield metadata.tables[name], filled
