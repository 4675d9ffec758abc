"""Add the feed of events, and how far the log was followed for it (0.5)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "follower",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_follower_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follower")),
    )
    op.create_table(
        "events",
        sa.Column("sequence", WHOLE, autoincrement=False, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("log_index", WHOLE, nullable=True),
        sa.Column("key", TEXT, nullable=True),
        sa.Column("subject", TEXT, nullable=True),
        sa.Column("issuer", TEXT, nullable=True),
        sa.Column("time", TEXT, nullable=True),
        sa.Column("data", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_events")),
    )
