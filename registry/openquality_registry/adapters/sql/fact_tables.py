"""The tables of what a query asks beside measurements; `facts_rows.py` of the registry fills them.

words            what a statement says of another one: suspended, reinstated, revoked, superseded
certificate_words  what a status statement says of a certificate, by the certificate's key
measures         warnings, corrective-action requests and what follows on them, by their target
scopes           the codes of a certificate's scope
origins          provenance claims: country of origin, custody model
materials        the materials of a provenance claim
service_levels   promises, in the indicator's canonical unit
safety_notices   recalls and warnings
"""

from sqlalchemy import Boolean, Column, Double, Index, Integer, LargeBinary, Table, false

from openquality_registry.adapters.sql.tables import Bytewise, Whole, metadata, of_entry

words = Table(
    "words",
    metadata,
    of_entry(),
    Column("target", LargeBinary(32), nullable=False),
    Column("word", Bytewise, nullable=False),
    Column("issuer", Bytewise, nullable=False),
    Column("log", Bytewise),
    Column("admitted", Whole),
    Index(None, "target", "log_index"),
)


certificate_words = Table(
    "certificate_words",
    metadata,
    of_entry(),
    Column("key", Bytewise, nullable=False),
    Column("word", Bytewise, nullable=False),
    Column("issuer", Bytewise, nullable=False),
    Column("log", Bytewise, nullable=False),
    Index(None, "key", "log_index"),
)

measures = Table(
    "measures",
    metadata,
    of_entry(),
    Column("target", Bytewise, nullable=False),
    Column("measure", Bytewise, nullable=False),
    Column("issuer", Bytewise, nullable=False),
    Column("about", Bytewise),
    Column("deadline", Bytewise),
    Column("log", Bytewise, nullable=False),
    Index(None, "target", "log_index"),
    Index(None, "deadline"),
)


def _of_claim() -> tuple[Column[int], Column[int]]:
    return of_entry(), Column("position", Integer, primary_key=True)


def _withdrawn() -> Column[bool]:
    return Column("withdrawn", Boolean, nullable=False, server_default=false())


def _said_by() -> tuple[Column[str], ...]:
    return (
        Column("subject", Bytewise, nullable=False),
        Column("issuer", Bytewise, nullable=False),
        Column("relation", Bytewise, nullable=False),
        Column("assessed_under", Bytewise),
    )


scopes = Table(
    "scopes",
    metadata,
    *_of_claim(),
    Column("code", Bytewise, primary_key=True),
    Column("scheme", Bytewise, primary_key=True),
    sqlite_with_rowid=False,
)

origins = Table(
    "origins",
    metadata,
    *_of_claim(),
    *_said_by(),
    Column("country", Bytewise, nullable=False),
    Column("custody", Bytewise),
    _withdrawn(),
    Index(None, "subject"),
)

materials = Table(
    "materials",
    metadata,
    *_of_claim(),
    Column("number", Integer, primary_key=True),
    Column("name", Bytewise, nullable=False),
    Column("cas", Bytewise),
    Column("share", Double, nullable=False),
    Column("country", Bytewise),
    sqlite_with_rowid=False,
)

service_levels = Table(
    "service_levels",
    metadata,
    *_of_claim(),
    *_said_by(),
    Column("indicator", Bytewise, nullable=False),
    Column("comparator", Bytewise, nullable=False),
    Column("objective", Double, nullable=False),
    Column("unit", Bytewise, nullable=False),
    Column("start", Bytewise, nullable=False),
    Column("end", Bytewise, nullable=False),
    _withdrawn(),
    Index(None, "subject", "indicator"),
)

safety_notices = Table(
    "safety_notices",
    metadata,
    *_of_claim(),
    *_said_by(),
    Column("claim", Bytewise, nullable=False),
    Column("kind", Bytewise, nullable=False),
    Column("issued", Bytewise, nullable=False),
    Column("batches", Bytewise, nullable=False),
    _withdrawn(),
    Index(None, "subject"),
)

FACT_TABLES = (
    words,
    certificate_words,
    measures,
    scopes,
    origins,
    materials,
    service_levels,
    safety_notices,
)
