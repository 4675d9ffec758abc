"""Add the tables of keys, status, anchors and access (version 0.2)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LOG_INDEX = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table in ("measurements", "certificates"):
        op.add_column(
            table,
            sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        )
    op.create_table(
        "heads",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heads")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "key_events",
        sa.Column("log_index", LOG_INDEX, autoincrement=False, nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_index"], ["entries.log_index"], name=op.f("fk_key_events_log_index")
        ),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_key_events")),
    )
    op.create_index(
        op.f("ix_key_events_did_log_index"), "key_events", ["did", "log_index"], unique=False
    )
    op.create_table(
        "did_witnesses",
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("proofs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("did", name=op.f("pk_did_witnesses")),
    )
    op.create_table(
        "statuses",
        sa.Column("log_index", LOG_INDEX, autoincrement=False, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_index"], ["entries.log_index"], name=op.f("fk_statuses_log_index")
        ),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_statuses")),
    )
    op.create_index(
        op.f("ix_statuses_target_log_index"), "statuses", ["target", "log_index"], unique=False
    )
    op.create_table(
        "anchors",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", "kind", "name", name=op.f("pk_anchors")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.Column("recorded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
    )
    op.create_table(
        "usage",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "client", name=op.f("pk_usage")),
        sqlite_with_rowid=False,
    )
