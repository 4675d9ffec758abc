"""The state of the log that a question is about: as it is, or as it stood at a size.

Each state gives the rows of `measurements` with what was current in it, and says of the rows of
other tables whether their statement stood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    FromClause,
    Select,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
)

from openquality_registry.adapters.sql import certificate_words
from openquality_registry.adapters.sql.fact_tables import words
from openquality_registry.adapters.sql.index_tables import measurements
from openquality_registry.adapters.sql.tables import entries
from openquality_registry.answering.facts_rows import SUPERSEDED
from openquality_validator.errors import InvalidInput
from openquality_validator.evidence import Verification

# A past state is computed from the history of the series asked for: more than this is a question
# to narrow.
MAX_PAST = 100_000

Tests = Sequence[ColumnElement[bool]]


class State(Protocol):
    """Say which rows there are, and what stands."""

    def measurements(self, series: Tests) -> FromClause:
        """Return the measurements as they stood; `series` are tests that keep series whole."""
        ...

    def standing(self, table: Table) -> Tests:
        """Return the tests by which a row of another table stands."""
        ...

    def uncertified(self, listed: Sequence[str]) -> ColumnElement[bool]:
        """Ask whether the certificate of a row of `certificates` was taken back by a word on it.

        `listed` are the DIDs of the reader's list for its scheme.
        """
        ...

    def check(self, connection: Connection, series: Tests) -> None:
        """Raise InvalidInput (Q010) if the question would cost too much in this state."""
        ...


@dataclass(frozen=True, slots=True)
class Now:
    """The log as it is: the marks on the rows say what stands.

    `origin` is the log in which words on certificates count, None for any.
    """

    origin: str | None = None

    def measurements(self, series: Tests) -> FromClause:  # noqa: ARG002 - one of two states
        """Return the table itself."""
        return measurements

    def standing(self, table: Table) -> Tests:
        """Return the test of the mark."""
        return (table.c.withdrawn.is_(false()),)

    def uncertified(self, listed: Sequence[str]) -> ColumnElement[bool]:
        """Return the test of the newest words."""
        return certificate_words.withdrawn(listed, origin=self.origin)

    def check(self, connection: Connection, series: Tests) -> None:
        """Let every question pass: the marks make it cheap."""


@dataclass(frozen=True, slots=True)
class Past:
    """The log of `origin` as it stood with `size` entries.

    What was withdrawn follows from the statements below that size; whose word counted was decided
    at admission. Recomputations are not in the log, so that none counts here.
    """

    origin: str
    size: int

    def measurements(self, series: Tests) -> FromClause:
        """Return the history of the series asked for, with what was latest and current then."""
        m = measurements.c
        recomputed = m.verification == Verification.RECOMPUTED.value
        derived = {
            "verification": case(
                (recomputed, Verification.EVIDENCED.value), else_=m.verification
            ).label("verification"),
            "withdrawn": m.log_index.in_(self._withdrawn()).label("withdrawn"),
        }
        kept = [c for c in m if c.name not in {"latest", "current", *derived}]
        said = select(*kept, *derived.values()).where(m.log_index < self.size, *series).cte()
        # The orders of the module `index` beside this: `_MARK_LATEST`, then `_MARK_CURRENT`.
        newest = func.row_number().over(
            partition_by=(
                said.c.series,
                said.c.withdrawn,
                func.coalesce(said.c.characteristic, ""),
            ),
            order_by=(
                func.coalesce(said.c.end, "").desc(),
                said.c.log_index.desc(),
                *_worst_first(said),
                said.c.position,
            ),
        )
        dated = select(said, and_(said.c.withdrawn.is_(false()), newest == 1).label("latest")).cte()
        critical = case((dated.c.characteristic_class == "critical", 0), else_=1)
        first = func.row_number().over(
            partition_by=(dated.c.series, dated.c.latest),
            order_by=(critical, *_worst_first(dated), dated.c.log_index, dated.c.position),
        )
        return select(dated, and_(dated.c.latest, first == 1).label("current")).cte()

    def standing(self, table: Table) -> Tests:
        """Return the tests that the statement was there and not withdrawn."""
        c = table.c
        return (c.log_index < self.size, c.log_index.not_in(self._withdrawn()))

    def uncertified(self, listed: Sequence[str]) -> ColumnElement[bool]:
        """Return the test of the words that were there."""
        return certificate_words.withdrawn(listed, origin=self.origin, size=self.size)

    def check(self, connection: Connection, series: Tests) -> None:
        """Count the rows of the history, up to the limit."""
        there = select(measurements.c.log_index).where(measurements.c.log_index < self.size)
        some = there.where(*series).limit(MAX_PAST + 1).subquery()
        found = connection.execute(select(func.count()).select_from(some)).scalar_one()
        if found > MAX_PAST:
            raise InvalidInput(
                "Q010",
                f"More than {MAX_PAST} values would have to be looked at for a past state.",
                "Narrow by subject ids, subject type or granularity, or ask without atCheckpoint.",
            )

    def _withdrawn(self) -> Select[tuple[int]]:
        w = words.c
        spoken = or_(
            w.word == SUPERSEDED,
            and_(
                w.log == self.origin,
                w.word.in_(("suspended", "revoked")),
                ~self._said_later(),
            ),
        )
        return (
            select(entries.c.log_index)
            .join(words, w.target == entries.c.digest)
            .where(w.log_index < self.size, spoken)
        )

    def _said_later(self) -> Exists:
        later, w = words.alias("later"), words.c
        return exists().where(
            later.c.target == w.target,
            later.c.issuer == w.issuer,
            later.c.log == w.log,
            later.c.log_index > w.log_index,
            later.c.log_index < self.size,
        )


def _worst_first(rows: FromClause) -> tuple[ColumnElement[object], ...]:
    """Order by goodness, rising, what has none first: SQLite and PostgreSQL differ on nulls."""
    g = rows.c.goodness
    return case((g.is_(None), 0), else_=1), g
