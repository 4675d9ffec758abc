"""Add the tables of data files and of what they gave (version 0.3)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LOG_INDEX = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", LOG_INDEX, nullable=False),
        sa.Column("received_at", TEXT, nullable=False),
        sa.Column("deleted_at", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_evidence")),
    )
    op.create_table(
        "recomputations",
        sa.Column("log_index", LOG_INDEX, autoincrement=False, nullable=False),
        sa.Column("claim", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("findings", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["log_index"], ["entries.log_index"], name=op.f("fk_recomputations_log_index")
        ),
        sa.PrimaryKeyConstraint("log_index", "claim", "digest", name=op.f("pk_recomputations")),
    )
    op.create_index(
        op.f("ix_recomputations_digest_log_index"),
        "recomputations",
        ["digest", "log_index"],
        unique=False,
    )
