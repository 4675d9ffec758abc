"""The tables of the query's index.

measurements   the fields of `compare.measurement.Measurement`, one row for each claim
categories     `scheme:node` → log index: a record's category codes and the nodes above them
certificates   certificate claims: who holds what, from whom, until when
"""

from sqlalchemy import Boolean, Column, Double, Index, Integer, LargeBinary, Table, Text, false

from openquality_registry.adapters.sql.tables import metadata, of_entry

measurements = Table(
    "measurements",
    metadata,
    of_entry(),
    Column("position", Integer, primary_key=True),
    Column("series", LargeBinary(16), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("claim", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_type", Text, nullable=False),
    Column("granularity", Text),
    Column("producer", Text),
    Column("country", Text),
    Column("size_class", Text),
    Column("family", Text),
    Column("metric", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Double),
    Column("lower", Double),
    Column("upper", Double),
    Column("goodness", Double),
    Column("amount", Text),
    Column("unit", Text),
    Column("n", Integer),
    Column("start", Text),
    Column("end", Text),
    Column("qualifiers", Text, nullable=False),
    Column("population", Text),
    Column("characteristic", Text),
    Column("characteristic_class", Text),
    Column("verification", Text, nullable=False),
    Column("relation", Text, nullable=False),
    Column("assessed_under", Text),
    Column("identity", Text, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Index(None, "series", "latest"),
    # Holds every column that eligibility reads, so that a tally never touches the table.
    Index(
        "ix_measurements_eligibility",
        "metric",
        "current",
        "subject_type",
        "granularity",
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
    Column("node", Text, primary_key=True),
    of_entry(),
    sqlite_with_rowid=False,
)

certificates = Table(
    "certificates",
    metadata,
    of_entry(),
    Column("position", Integer, primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("end", Text),
    Column("status", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Index(None, "holder", "scheme"),
)
