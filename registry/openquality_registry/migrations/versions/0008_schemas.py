"""Add what published schemas are found by: versions, terms, deprecations (0.5)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "schema_versions",
        sa.Column("log_index", WHOLE, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("major", WHOLE, nullable=False),
        sa.Column("minor", WHOLE, nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("ancestor", TEXT, nullable=True),
        _of_entry("schema_versions"),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_schema_versions")),
    )
    for columns in (
        ["owner", "name", "major", "minor"],
        ["id", "log_index"],
        ["content", "log_index"],
        ["digest"],
    ):
        _index("schema_versions", columns)
    op.create_table(
        "schema_terms",
        sa.Column("log_index", WHOLE, autoincrement=False, nullable=False),
        sa.Column("term", TEXT, nullable=False),
        _of_entry("schema_terms"),
        sa.PrimaryKeyConstraint("log_index", "term", name=op.f("pk_schema_terms")),
        sqlite_with_rowid=False,
    )
    _index("schema_terms", ["term", "log_index"])
    op.create_table(
        "schema_deprecations",
        sa.Column("log_index", WHOLE, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("target", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("effective", TEXT, nullable=False),
        sa.Column("removal", TEXT, nullable=True),
        sa.Column("alternative", TEXT, nullable=True),
        _of_entry("schema_deprecations"),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_schema_deprecations")),
    )
    _index("schema_deprecations", ["target", "log_index"])


def _of_entry(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["log_index"], ["entries.log_index"], name=op.f(f"fk_{table}_log_index")
    )


def _index(table: str, columns: list[str]) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)
