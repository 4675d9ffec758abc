"""The tables by which people find things.

names           token → record: what `names.of_attestation` gives of each record
records         one row for each record: what it is about, and whether it still stands
listings        what the operator entered for suppliers without signed data; no log knows of it
listing_names   token → listing
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, false

from openquality_registry.adapters.sql.tables import Bytewise, Whole, metadata, of_entry

names = Table(
    "names",
    metadata,
    of_entry(),  # clustered by record: new rows come at the end
    Column("token", Bytewise, primary_key=True),
    Index(None, "token", "log_index"),
    sqlite_with_rowid=False,
)

records = Table(
    "records",
    metadata,
    of_entry(),
    Column("subject", Bytewise, nullable=False),
    Column("subject_type", Bytewise, nullable=False),
    Column("country", Bytewise),
    Column("valid_from", Whole),
    Column("admitted", Whole),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
)

listings = Table(
    "listings",
    metadata,
    Column("id", Bytewise, primary_key=True),
    Column("entered_by", Bytewise, nullable=False),
    Column("entered_at", Bytewise, nullable=False),
    Column("content", Bytewise, nullable=False),
)

listing_names = Table(
    "listing_names",
    metadata,
    Column("token", Bytewise, primary_key=True),
    Column("listing", Bytewise, ForeignKey("listings.id"), primary_key=True),
    sqlite_with_rowid=False,
)
