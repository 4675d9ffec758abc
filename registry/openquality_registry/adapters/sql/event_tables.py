"""The tables of the feed of events.

follower  one row: how far the log was followed, the newest sequence, the last day that was begun
events    the feed, by sequence; what says that an entry was published has no columns but its type
          and log index, since everything else is the entry's
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table

from openquality_registry.adapters.sql.tables import Bytewise, Whole, metadata

follower = Table(
    "follower",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("entries", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("day", Bytewise, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("sequence", Whole, primary_key=True, autoincrement=False),
    Column("type", Bytewise, nullable=False),
    Column("log_index", Whole),
    Column("key", Bytewise),
    Column("subject", Bytewise),
    Column("issuer", Bytewise),
    Column("time", Bytewise),
    Column("data", Bytewise),
)
