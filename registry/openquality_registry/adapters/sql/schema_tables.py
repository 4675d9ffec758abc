"""The tables of schemas under governance; `schemas.py` of the registry fills them.

schema_versions       one row for each publication
schema_terms          by what it is found: its sectors, its metrics, the words of its titles
schema_deprecations   the owner's word against a publication
"""

from sqlalchemy import Column, Index, LargeBinary, Table

from openquality_registry.adapters.sql.tables import Bytewise, Whole, metadata, of_entry

schema_versions = Table(
    "schema_versions",
    metadata,
    of_entry(),
    Column("digest", LargeBinary(32), nullable=False),
    Column("owner", Bytewise, nullable=False),
    Column("name", Bytewise, nullable=False),
    Column("id", Bytewise, nullable=False),
    Column("kind", Bytewise, nullable=False),
    Column("major", Whole, nullable=False),
    Column("minor", Whole, nullable=False),
    Column("content", LargeBinary(32), nullable=False),
    Column("mode", Bytewise, nullable=False),
    Column("title", Bytewise, nullable=False),
    Column("description", Bytewise, nullable=False),
    Column("ancestor", Bytewise),
    Index(None, "owner", "name", "major", "minor"),
    Index(None, "id", "log_index"),
    Index(None, "content", "log_index"),
    Index(None, "digest"),
)

schema_terms = Table(
    "schema_terms",
    metadata,
    of_entry(),
    Column("term", Bytewise, primary_key=True),
    Index(None, "term", "log_index"),
    sqlite_with_rowid=False,
)

schema_deprecations = Table(
    "schema_deprecations",
    metadata,
    of_entry(),
    Column("digest", LargeBinary(32), nullable=False),
    Column("target", LargeBinary(32), nullable=False),
    Column("reason", Bytewise, nullable=False),
    Column("effective", Bytewise, nullable=False),
    Column("removal", Bytewise),
    Column("alternative", Bytewise),
    Index(None, "target", "log_index"),
)

SCHEMA_TABLES = (schema_versions, schema_terms, schema_deprecations)
