"""Add what observations are computed from: marks of records, days, and groups of peers (0.3)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("log_index", WHOLE, autoincrement=False, nullable=False),
        sa.Column("mark", sa.LargeBinary(length=16), nullable=False),
        sa.Column("thing", TEXT, nullable=False),
        sa.Column("party", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        # SQLite is told not to look; PostgreSQL would, and take a third longer for every commit.
        *(
            []
            if op.get_context().dialect.name == "postgresql"
            else [
                sa.ForeignKeyConstraint(
                    ["log_index"], ["entries.log_index"], name=op.f("fk_marks_log_index")
                )
            ]
        ),
        sa.PrimaryKeyConstraint("log_index", "mark", name=op.f("pk_marks")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_marks_mark_party_log_index"), "marks", ["mark", "party", "log_index"], unique=False
    )
    op.create_index(op.f("ix_marks_mark_log_index"), "marks", ["mark", "log_index"], unique=False)
    op.add_column("measurements", sa.Column("ended", WHOLE, nullable=True))
    op.add_column("measurements", sa.Column("peers", sa.LargeBinary(length=16), nullable=True))
    op.create_index(
        op.f("ix_measurements_peers_log_index"),
        "measurements",
        ["peers", "log_index"],
        unique=False,
    )
    op.add_column("records", sa.Column("valid_from", WHOLE, nullable=True))
    op.add_column("records", sa.Column("admitted", WHOLE, nullable=True))
    op.add_column("words", sa.Column("admitted", WHOLE, nullable=True))
