"""The tables of the registry's database.

    log_state    one row: size and root; the guard of every commit
    entries      one row for each log entry: its bytes, its leaf hash, and what it is found by
    statements   the exact bytes of the statements; apart, so that a scan of entries stays small
    subjects     key → log index, for look-ups

The tables of the query stand in `index.py`. Digests are kept as their 32 bytes.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite makes a row id of INTEGER alone, and PostgreSQL needs BIGINT for a long log.
LogIndex = BigInteger().with_variant(Integer, "sqlite")

log_state = Table(
    "log_state",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("log_index", LogIndex, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("issuer", Text, nullable=False),
    Column("credential_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    UniqueConstraint("issuer", "credential_id"),
    Index(None, "issuer", "log_index"),
)


def of_entry() -> Column[int]:
    """Return the column by which a row of another table belongs to an entry."""
    return Column(
        "log_index",
        LogIndex,
        ForeignKey("entries.log_index"),
        primary_key=True,
        autoincrement=False,
    )


statements = Table(
    "statements",
    metadata,
    of_entry(),
    Column("statement", LargeBinary, nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("key", Text, primary_key=True),
    of_entry(),
    sqlite_with_rowid=False,
)
