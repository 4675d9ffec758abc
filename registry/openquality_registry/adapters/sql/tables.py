"""The tables of the registry's database.

    log_state    one row: size and root; the guard of every commit
    index_state  one row: by which version of the derivation the index was made
    entries      one row for each log entry: its bytes, its leaf hash, and what it is found by
    statements   the exact bytes of the statements; apart, so that a scan of entries stays small
    subjects     key → log index, for look-ups

The tables of the query stand in `index_tables.py`. Digests are kept as their 32 bytes.
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

# SQLite makes a row id of INTEGER alone; of PostgreSQL's, only BIGINT holds every count we take.
Whole = BigInteger().with_variant(Integer, "sqlite")
# Compared byte by byte, as SQLite does, whatever language the PostgreSQL database was made for.
Bytewise = Text().with_variant(Text(collation="C"), "postgresql")

log_state = Table(
    "log_state",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
)

index_state = Table(
    "index_state",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("version", BigInteger, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("log_index", Whole, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("issuer", Bytewise, nullable=False),
    Column("credential_id", Bytewise, nullable=False),
    Column("kind", Bytewise, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    # On PostgreSQL a hash of both, made by the first step: its B-trees take 2,704 bytes at most.
    UniqueConstraint("issuer", "credential_id").ddl_if(dialect="sqlite"),
    Index(None, "issuer", "log_index"),
)


def of_entry() -> Column[int]:
    """Return the column by which a row of another table belongs to an entry."""
    return Column(
        "log_index",
        Whole,
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
    Column("key", Bytewise, primary_key=True),
    of_entry(),
    sqlite_with_rowid=False,
)
