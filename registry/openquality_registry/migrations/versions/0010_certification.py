"""Add the life of certificates: their keys, the words on them, and measures (version 0.5)."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    # Its rows are made anew from the statements, as the new version of the derivation asks.
    op.drop_table("certificates")
    op.create_table(
        "certificates",
        sa.Column("log_index", WHOLE, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("claim", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("certifier", TEXT, nullable=True),
        sa.Column("assessor", sa.Boolean(), nullable=False),
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("edition", TEXT, nullable=False),
        sa.Column("start", TEXT, nullable=False),
        sa.Column("end", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        *_of_entry("certificates"),
        sa.PrimaryKeyConstraint("log_index", "position", "holder", name=op.f("pk_certificates")),
    )
    _index("certificates", "holder", "scheme")
    _index("certificates", "key", "log_index")
    op.create_table(
        "certificate_words",
        sa.Column("log_index", WHOLE, autoincrement=False, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("word", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("log", TEXT, nullable=False),
        *_of_entry("certificate_words"),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_certificate_words")),
    )
    _index("certificate_words", "key", "log_index")
    op.create_table(
        "measures",
        sa.Column("log_index", WHOLE, autoincrement=False, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("measure", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("about", TEXT, nullable=True),
        sa.Column("deadline", TEXT, nullable=True),
        sa.Column("log", TEXT, nullable=False),
        *_of_entry("measures"),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_measures")),
    )
    _index("measures", "target", "log_index")
    _index("measures", "deadline")


def _index(table: str, *columns: str) -> None:
    name = "_".join(("ix", table, *columns))
    op.create_index(op.f(name), table, list(columns), unique=False)


def _of_entry(table: str) -> list[sa.schema.SchemaItem]:
    # SQLite is told not to look; PostgreSQL would, and take a third longer for every commit.
    if op.get_context().dialect.name == "postgresql":
        return []
    return [
        sa.ForeignKeyConstraint(
            ["log_index"], ["entries.log_index"], name=op.f(f"fk_{table}_log_index")
        )
    ]
