"""Add the table that says by which version of the derivation index rows were made (0.3)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "index_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_index_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_state")),
    )
