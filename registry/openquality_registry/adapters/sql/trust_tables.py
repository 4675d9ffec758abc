"""The tables of keys, status, anchors, access and evidence.

heads           name → newest value of a chain (`heads.py` of the registry)
key_events      which entries hold the key events of an issuer, in log order
did_witnesses   the newest did-witness.json of a did:webvh
statuses        status statements by target, in log order
anchors         what witnesses and time authorities said of a checkpoint
tokens          access tokens, hashed
usage           admissions counted by day and client
evidence        data files that were received, by the SHA-256 of their bytes; those are files
recomputations  what the claims of a statement gave when computed again from a data file
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table

from openquality_registry.adapters.sql.tables import Bytewise, Whole, metadata, of_entry

heads = Table(
    "heads",
    metadata,
    Column("name", Bytewise, primary_key=True),
    Column("value", Bytewise, nullable=False),
    sqlite_with_rowid=False,
)

key_events = Table(
    "key_events",
    metadata,
    of_entry(),
    Column("did", Bytewise, nullable=False),
    Column("version", Bytewise, nullable=False),
    Index(None, "did", "log_index"),
)

did_witnesses = Table(
    "did_witnesses",
    metadata,
    Column("did", Bytewise, primary_key=True),
    Column("proofs", LargeBinary, nullable=False),
)

statuses = Table(
    "statuses",
    metadata,
    of_entry(),
    Column("target", Bytewise, nullable=False),
    Column("state", Bytewise, nullable=False),
    Column("issuer", Bytewise, nullable=False),
    Index(None, "target", "log_index"),
)

anchors = Table(
    "anchors",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Bytewise, primary_key=True),
    Column("name", Bytewise, primary_key=True),
    Column("note", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
    Column("at", Bytewise, nullable=False),
    sqlite_with_rowid=False,
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Bytewise, primary_key=True),
    Column("name", Bytewise, nullable=False),
    Column("scopes", Bytewise, nullable=False),
    Column("issuer", Bytewise),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("created_at", Bytewise, nullable=False),
    Column("expires_at", Bytewise),
    Column("revoked_at", Bytewise),
    Column("recorded", Integer, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("day", Bytewise, primary_key=True),
    Column("client", Bytewise, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)

evidence = Table(
    "evidence",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("size", Whole, nullable=False),
    Column("received_at", Bytewise, nullable=False),
    Column("deleted_at", Bytewise),
)

recomputations = Table(
    "recomputations",
    metadata,
    of_entry(),
    Column("claim", Bytewise, primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("outcome", Bytewise, nullable=False),
    Column("findings", Bytewise, nullable=False),
    Column("at", Bytewise, nullable=False),
    Index(None, "digest", "log_index"),
)
