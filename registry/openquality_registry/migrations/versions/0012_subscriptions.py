"""Add subscriptions to events (0.5)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("asked", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", TEXT, nullable=True),
        sa.Column("next_at", TEXT, nullable=True),
        sa.Column("problem", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
