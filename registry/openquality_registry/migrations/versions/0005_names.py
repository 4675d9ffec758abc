"""Add the tables by which people find things: names, records, listings (version 0.3)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LOG_INDEX = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _of_entry(table: str) -> list[sa.schema.SchemaItem]:
    # SQLite is told not to look; PostgreSQL would, and take a third longer for every commit.
    if op.get_context().dialect.name == "postgresql":
        return []
    return [
        sa.ForeignKeyConstraint(
            ["log_index"], ["entries.log_index"], name=op.f(f"fk_{table}_log_index")
        )
    ]


def upgrade() -> None:
    op.create_table(
        "names",
        sa.Column("log_index", LOG_INDEX, autoincrement=False, nullable=False),
        sa.Column("token", TEXT, nullable=False),
        *_of_entry("names"),
        sa.PrimaryKeyConstraint("log_index", "token", name=op.f("pk_names")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_names_token_log_index"), "names", ["token", "log_index"], unique=False)
    op.create_table(
        "records",
        sa.Column("log_index", LOG_INDEX, autoincrement=False, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("subject_type", TEXT, nullable=False),
        sa.Column("country", TEXT, nullable=True),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        *_of_entry("records"),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_records")),
    )
    op.create_table(
        "listings",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("entered_by", TEXT, nullable=False),
        sa.Column("entered_at", TEXT, nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
    )
    op.create_table(
        "listing_names",
        sa.Column("token", TEXT, nullable=False),
        sa.Column("listing", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["listing"], ["listings.id"], name=op.f("fk_listing_names_listing")
        ),
        sa.PrimaryKeyConstraint("token", "listing", name=op.f("pk_listing_names")),
        sqlite_with_rowid=False,
    )
