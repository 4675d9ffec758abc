"""The table of what several records may have in common; `marks.py` of the validator fills it.

marks   a name (hash) of a data file, of figures, or of a subject's key → record, and who names it
"""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, false

from openquality_registry.adapters.sql.tables import Bytewise, metadata, of_entry

marks = Table(
    "marks",
    metadata,
    of_entry(),
    Column("mark", LargeBinary(16), primary_key=True),
    Column("thing", Bytewise, nullable=False),
    Column("party", Bytewise, nullable=False),
    Column("subject", Bytewise, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Index(None, "mark", "party", "log_index"),
    Index(None, "mark", "log_index"),
    sqlite_with_rowid=False,
)
