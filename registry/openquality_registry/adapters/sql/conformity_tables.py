"""The tables of continuous conformity; all but `watches` follow from the log and the calendar.

conformity_tracks      what is kept of one subject and metric; `due`: the next day that changes it
conformity_values      measured values by their place in the log, and whether their statement stands
conformity_statements  attestations and assessments, and what was said of them
deviations             every deviation, open or closed; `at` orders them by their opening
watches                who asked how often data must come, or under which profile to look
watch_marks            how high the level of a watched profile was, and what passed
"""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table

from openquality_registry.adapters.sql.tables import Bytewise, Whole, metadata

tracks = Table(
    "conformity_tracks",
    metadata,
    Column("subject", Bytewise, primary_key=True),
    Column("metric", Bytewise, primary_key=True),
    Column("due", Bytewise),
    Column("content", Bytewise, nullable=False),
    Index(None, "due"),
)

values = Table(
    "conformity_values",
    metadata,
    Column("log_index", Whole, primary_key=True, autoincrement=False),
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("subject", Bytewise, nullable=False),
    Column("metric", Bytewise, nullable=False),
    Column("line", Bytewise, nullable=False),
    Column("ended", Bytewise, nullable=False),
    Column("stands", Boolean, nullable=False),
    Column("content", Bytewise, nullable=False),
    Index(None, "subject", "metric", "ended"),
)

statements = Table(
    "conformity_statements",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("log_index", Whole, nullable=False),
    Column("subject", Bytewise, nullable=False),
    Column("producer", Bytewise),
    Column("is_measured", Boolean, nullable=False),
    Column("content", Bytewise, nullable=False),
    Index(None, "log_index"),
    Index(None, "subject", "is_measured", "log_index"),
    Index(None, "producer", "log_index"),
)

deviations = Table(
    "deviations",
    metadata,
    Column("id", Bytewise, primary_key=True),
    Column("at", Bytewise, nullable=False),
    Column("subject", Bytewise, nullable=False),
    Column("issuer", Bytewise, nullable=False),
    Column("kind", Bytewise, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("moved", Bytewise, nullable=False),
    Column("content", Bytewise, nullable=False),
    Index(None, "at"),
    Index(None, "subject", "at"),
    Index(None, "issuer", "is_open", "at"),
    Index(None, "is_open", "at"),
)

watches = Table(
    "watches",
    metadata,
    Column("id", Bytewise, primary_key=True),
    Column("subject", Bytewise, nullable=False),
    Column("begins", Bytewise, nullable=False),
    Column("ends", Bytewise),
    Column("owner", Bytewise, nullable=False),
    Column("every", Whole),
    Column("metrics", Bytewise, nullable=False),
    Column("named", Bytewise),
    Column("profile", LargeBinary),
    Index(None, "subject"),
    Index(None, "owner"),
)

watch_marks = Table(
    "watch_marks",
    metadata,
    Column("watch", Bytewise, primary_key=True),
    Column("due", Bytewise),
    Column("content", Bytewise, nullable=False),
)
