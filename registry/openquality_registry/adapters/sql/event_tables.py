"""The tables of the feed of events.

follower       one row: how far the log was followed, the newest sequence, the last day that began
events         the feed, by sequence; what says that an entry was published has no columns but its
               type and log index, since everything else is the entry's
subscriptions  who is brought which events, how far that has come, and how it stands
"""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Integer, Table

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

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Bytewise, primary_key=True),
    Column("token", Bytewise, nullable=False),
    Column("url", Bytewise, nullable=False),
    Column("asked", Bytewise, nullable=False),
    Column("created_at", Bytewise, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", Bytewise),
    Column("next_at", Bytewise),
    Column("problem", Bytewise, nullable=False),
)
