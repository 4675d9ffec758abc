"""Add the tables of what a query asks beside measurements, and three columns (version 0.3)."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LOG_INDEX = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# The texts at the end may be longer than PostgreSQL's B-trees take.
LONG = {"postgresql": ()}


def _of_entry(table: str) -> list[sa.schema.SchemaItem]:
    # SQLite is told not to look; PostgreSQL would, and take a third longer for every commit.
    if op.get_context().dialect.name == "postgresql":
        return []
    return [
        sa.ForeignKeyConstraint(
            ["log_index"], ["entries.log_index"], name=op.f(f"fk_{table}_log_index")
        )
    ]


def _make(
    table: str, *columns: "sa.Column[Any]", key: tuple[str, ...] = (), rowid: bool = True
) -> None:
    op.create_table(
        table,
        sa.Column("log_index", LOG_INDEX, autoincrement=False, nullable=False),
        *columns,
        *_of_entry(table),
        sa.PrimaryKeyConstraint("log_index", *key, name=op.f(f"pk_{table}")),
        sqlite_with_rowid=rowid,
    )


def _said_by() -> "list[sa.Column[Any]]":
    return [
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("relation", TEXT, nullable=False),
        sa.Column("assessed_under", TEXT, nullable=True),
    ]


def _withdrawn() -> "sa.Column[Any]":
    return sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False)


def upgrade() -> None:
    op.add_column("measurements", sa.Column("region", TEXT, nullable=True))
    op.add_column("measurements", sa.Column("days", LOG_INDEX, nullable=True))
    op.add_column("measurements", sa.Column("valid_until", TEXT, nullable=True))
    op.drop_index("ix_measurements_eligibility", "measurements")
    op.create_index(
        "ix_measurements_eligibility",
        "measurements",
        [
            "metric",
            "current",
            "subject_type",
            "granularity",
            "valid_until",
            "relation",
            "identity",
            "verification",
            "n",
            "end",
            "lower",
            "upper",
            "value",
            "goodness",
            *LONG.get(op.get_context().dialect.name, ("key", "family")),
        ],
        unique=False,
    )
    op.create_index(
        op.f("ix_measurements_subject_metric"), "measurements", ["subject", "metric"], unique=False
    )
    _make(
        "words",
        sa.Column("target", sa.LargeBinary(length=32), nullable=False),
        sa.Column("word", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("log", TEXT, nullable=True),
    )
    op.create_index(
        op.f("ix_words_target_log_index"), "words", ["target", "log_index"], unique=False
    )
    _make(
        "scopes",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("scheme", TEXT, nullable=False),
        key=("position", "code", "scheme"),
        rowid=False,
    )
    _make(
        "origins",
        *_said_by(),
        sa.Column("country", TEXT, nullable=False),
        sa.Column("custody", TEXT, nullable=True),
        _withdrawn(),
        key=("position",),
    )
    op.create_index(op.f("ix_origins_subject"), "origins", ["subject"], unique=False)
    _make(
        "materials",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("cas", TEXT, nullable=True),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("country", TEXT, nullable=True),
        key=("position", "number"),
        rowid=False,
    )
    _make(
        "service_levels",
        *_said_by(),
        sa.Column("indicator", TEXT, nullable=False),
        sa.Column("comparator", TEXT, nullable=False),
        sa.Column("objective", sa.Double(), nullable=False),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("start", TEXT, nullable=False),
        sa.Column("end", TEXT, nullable=False),
        _withdrawn(),
        key=("position",),
    )
    op.create_index(
        op.f("ix_service_levels_subject_indicator"),
        "service_levels",
        ["subject", "indicator"],
        unique=False,
    )
    _make(
        "safety_notices",
        *_said_by(),
        sa.Column("claim", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("issued", TEXT, nullable=False),
        sa.Column("batches", TEXT, nullable=False),
        _withdrawn(),
        key=("position",),
    )
    op.create_index(op.f("ix_safety_notices_subject"), "safety_notices", ["subject"], unique=False)
