"""Assessments about a subject, the newest first."""

from collections.abc import Sequence

from sqlalchemy import Engine, select

from openquality_registry.adapters.sql.tables import entries, subjects
from openquality_validator.kinds import ASSESSMENT


class SqlAssessed:
    """Find assessments by the key of their subject. Safe from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def about(self, key: str, *, size: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """Return log index and entry of the newest assessments about a subject, below `size`."""
        found = (
            select(entries.c.log_index, entries.c.entry)
            .join(subjects, subjects.c.log_index == entries.c.log_index)
            .where(
                subjects.c.key == key,
                entries.c.kind == ASSESSMENT,
                entries.c.log_index < size,
            )
            .order_by(entries.c.log_index.desc())
            .limit(limit)
        )
        with self._read.connect() as connection:
            return [(row.log_index, row.entry) for row in connection.execute(found)]
