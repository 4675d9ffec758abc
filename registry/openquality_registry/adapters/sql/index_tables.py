"""The tables of the query's index.

measurements   the fields of `compare.measurement.Measurement`, one row for each claim
categories     `scheme:node` → log index: a record's category codes and the nodes above them
certificates   certificate claims: who holds what, from whom, until when
"""

from sqlalchemy import Boolean, Column, Double, Index, Integer, LargeBinary, Table, false

from openquality_registry.adapters.sql.fact_tables import FACT_TABLES
from openquality_registry.adapters.sql.mark_tables import marks
from openquality_registry.adapters.sql.names_tables import names, records
from openquality_registry.adapters.sql.tables import Bytewise, Whole, metadata, of_entry

measurements = Table(
    "measurements",
    metadata,
    of_entry(),
    Column("position", Integer, primary_key=True),
    Column("series", LargeBinary(16), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("claim", Bytewise, nullable=False),
    Column("issuer", Bytewise, nullable=False),
    Column("subject", Bytewise, nullable=False),
    Column("subject_type", Bytewise, nullable=False),
    Column("granularity", Bytewise),
    Column("producer", Bytewise),
    Column("country", Bytewise),
    Column("size_class", Bytewise),
    Column("family", Bytewise),
    Column("metric", Bytewise, nullable=False),
    Column("key", Bytewise, nullable=False),
    Column("value", Double),
    Column("lower", Double),
    Column("upper", Double),
    Column("goodness", Double),
    Column("amount", Bytewise),
    Column("unit", Bytewise),
    Column("n", Whole),
    Column("start", Bytewise),
    Column("end", Bytewise),
    Column("qualifiers", Bytewise, nullable=False),
    Column("population", Bytewise),
    Column("characteristic", Bytewise),
    Column("characteristic_class", Bytewise),
    Column("verification", Bytewise, nullable=False),
    Column("relation", Bytewise, nullable=False),
    Column("assessed_under", Bytewise),
    Column("identity", Bytewise, nullable=False),
    Column("region", Bytewise),
    Column("days", Whole),
    Column("valid_until", Bytewise),
    Column("ended", Whole),
    Column("peers", LargeBinary(16)),
    Column("latest", Boolean, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Index(None, "series", "latest"),
    Index(None, "subject", "metric"),
    Index(None, "peers", "log_index"),
    # Holds every column that eligibility reads, so that a tally never touches the table. Without
    # the last two on PostgreSQL, since their texts may be longer than its B-trees take.
    Index(
        "ix_measurements_eligibility",
        "metric",
        "current",
        "subject_type",
        "granularity",
        "valid_until",
        "relation",
        "identity",
        "verification",
        "n",
        "end",
        "lower",
        "upper",
        "value",
        "goodness",
        "key",
        "family",
    ),
)

categories = Table(
    "categories",
    metadata,
    Column("node", Bytewise, primary_key=True),
    of_entry(),
    sqlite_with_rowid=False,
)

certificates = Table(
    "certificates",
    metadata,
    of_entry(),
    Column("position", Integer, primary_key=True),
    Column("holder", Bytewise, primary_key=True),
    Column("key", Bytewise, nullable=False),
    Column("claim", Bytewise, nullable=False),
    Column("issuer", Bytewise, nullable=False),
    Column("certifier", Bytewise),
    Column("assessor", Boolean, nullable=False),
    Column("scheme", Bytewise, nullable=False),
    Column("edition", Bytewise, nullable=False),
    Column("start", Bytewise, nullable=False),
    Column("end", Bytewise),
    Column("status", Bytewise, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Index(None, "holder", "scheme"),
    Index(None, "key", "log_index"),
)

# All that `index.rows` derives from statements; made anew together (renewing.py).
INDEX_TABLES = (measurements, categories, certificates, records, names, marks, *FACT_TABLES)
