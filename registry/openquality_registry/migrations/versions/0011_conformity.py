"""Add continuous conformity: what is kept of the log for it, deviations and watches (0.5)."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "conformity_tracks",
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("metric", TEXT, nullable=False),
        sa.Column("due", TEXT, nullable=True),
        sa.Column("content", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("subject", "metric", name=op.f("pk_conformity_tracks")),
    )
    _index("conformity_tracks", "due")
    op.create_table(
        "conformity_values",
        sa.Column("log_index", WHOLE, autoincrement=False, nullable=False),
        sa.Column("position", WHOLE, autoincrement=False, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("metric", TEXT, nullable=False),
        sa.Column("line", TEXT, nullable=False),
        sa.Column("ended", TEXT, nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("log_index", "position", name=op.f("pk_conformity_values")),
    )
    _index("conformity_values", "subject", "metric", "ended")
    op.create_table(
        "conformity_statements",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", WHOLE, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("producer", TEXT, nullable=True),
        sa.Column("is_measured", sa.Boolean(), nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_conformity_statements")),
    )
    _index("conformity_statements", "log_index")
    _index("conformity_statements", "subject", "is_measured", "log_index")
    _index("conformity_statements", "producer", "log_index")
    op.create_table(
        "deviations",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("moved", TEXT, nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviations")),
    )
    _index("deviations", "at")
    _index("deviations", "subject", "at")
    _index("deviations", "issuer", "is_open", "at")
    _index("deviations", "is_open", "at")
    op.create_table(
        "watches",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("begins", TEXT, nullable=False),
        sa.Column("ends", TEXT, nullable=True),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("every", WHOLE, nullable=True),
        sa.Column("metrics", TEXT, nullable=False),
        sa.Column("named", TEXT, nullable=True),
        sa.Column("profile", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
    )
    _index("watches", "subject")
    _index("watches", "owner")
    op.create_table(
        "watch_marks",
        sa.Column("watch", TEXT, nullable=False),
        sa.Column("due", TEXT, nullable=True),
        sa.Column("content", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("watch", name=op.f("pk_watch_marks")),
    )


def _index(table: str, *columns: str) -> None:
    name = "_".join(("ix", table, *columns))
    op.create_index(op.f(name), table, list(columns), unique=False)
