"""Add the tables of keys, status, anchors and access (version 0.2)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
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
    for table in ("measurements", "certificates"):
        op.add_column(
            table,
            sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        )
    op.create_table(
        "heads",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heads")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "key_events",
        sa.Column("log_index", LOG_INDEX, autoincrement=False, nullable=False),
        sa.Column("did", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        *_of_entry("key_events"),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_key_events")),
    )
    op.create_index(
        op.f("ix_key_events_did_log_index"), "key_events", ["did", "log_index"], unique=False
    )
    op.create_table(
        "did_witnesses",
        sa.Column("did", TEXT, nullable=False),
        sa.Column("proofs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("did", name=op.f("pk_did_witnesses")),
    )
    op.create_table(
        "statuses",
        sa.Column("log_index", LOG_INDEX, autoincrement=False, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        *_of_entry("statuses"),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_statuses")),
    )
    op.create_index(
        op.f("ix_statuses_target_log_index"), "statuses", ["target", "log_index"], unique=False
    )
    op.create_table(
        "anchors",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("size", "kind", "name", name=op.f("pk_anchors")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tokens",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=True),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=True),
        sa.Column("revoked_at", TEXT, nullable=True),
        sa.Column("recorded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
    )
    op.create_table(
        "usage",
        sa.Column("day", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "client", name=op.f("pk_usage")),
        sqlite_with_rowid=False,
    )
