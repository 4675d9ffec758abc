"""The rules of observations in SQL, over the rows of one state of the log.

`validator/observations/` says what each rule means, and computes the same for one record; a test
holds the two to each other and to a count by hand. Here a rule is a test of one row `m`, which has
the columns of `measurements`: it filters, and marks the rows of an answer.

How far others lie from a row is looked up through the marks that both have (`mark_tables.py`), the
row's series, or its group of peers: each has an index, so that a test costs a few look-ups. The
outliers alone need all values of a metric at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    and_,
    distinct,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from openquality_registry.adapters.sql.fact_tables import words
from openquality_registry.adapters.sql.index_tables import measurements
from openquality_registry.adapters.sql.mark_tables import marks
from openquality_registry.adapters.sql.names_tables import records
from openquality_registry.adapters.sql.states import Past, State, Tests
from openquality_registry.answering.facts_rows import SUPERSEDED
from openquality_validator.evidence import Relation
from openquality_validator.observations import dates, outliers, rewrites
from openquality_validator.observations.marks import NOBODY, Thing
from openquality_validator.status import Voice

# A filter looks at the neighbourhood of every row in scope: more is a question to narrow.
MAX_OBSERVED = 20_000
OUTLYING = "O008"
_AFTER = measurements.alias()  # what a successor says of the same series


@dataclass(frozen=True, slots=True)
class Observed:
    """Ask of the rows of `m` what the rules see; `metrics` are those that the rows have."""

    m: FromClause
    state: State
    metrics: Sequence[str]

    def test(self, code: str) -> ColumnElement[bool]:
        """Ask whether an observation stands on the row."""
        return _TESTS[code](self)

    def rows(self) -> FromClause:
        """Return all measurements of the metrics in this state."""
        return self.state.measurements([measurements.c.metric.in_(self.metrics)])

    def below(self, table: FromClause) -> Tests:
        """Return the tests by which the statement of a row was in the log, standing or not."""
        return (table.c.log_index < self.state.size,) if isinstance(self.state, Past) else ()

    def is_current(self, rows: FromClause) -> ColumnElement[bool]:
        """Ask whether a row of the table stood for its series."""
        if not isinstance(self.state, Past):
            return rows.c.current.is_(True)
        stood = self.rows()
        named = select(stood.c.log_index, stood.c.position).where(stood.c.current.is_(True))
        return tuple_(rows.c.log_index, rows.c.position).in_(named)


def newer(m: FromClause, other: FromClause) -> Tests:
    """Ask that another row of the series came before, with a period that ends later."""
    return (
        other.c.series == m.c.series,
        _characteristic(other) == _characteristic(m),
        other.c.log_index < m.c.log_index,
        other.c.end > m.c.end,
    )


def rewritten(of: Observed, old: FromClause, word: FromClause) -> Tests:
    """Ask that the issuer of the row replaced or revoked a value of the series by a statement."""
    continued = exists().where(
        _AFTER.c.log_index == word.c.log_index,
        _AFTER.c.series == old.c.series,
        _AFTER.c.end > old.c.end,
    )
    return (
        old.c.series == of.m.c.series,
        word.c.target == old.c.digest,
        word.c.issuer == of.m.c.issuer,
        or_(
            word.c.word == Voice.REVOKED.value,
            and_(word.c.word == SUPERSEDED, ~continued),
        ),
        *of.below(word),
    )


def bought(of: Observed, own: FromClause, theirs: FromClause, buyer: FromClause) -> Tests:
    """Ask that a buyer observed the same subject, group and characteristic, and that it stands.

    `own` and `theirs` are marks: the row's subject leads to the buyer's statements.
    """
    m = of.m
    return (
        own.c.log_index == m.c.log_index,
        own.c.thing == Thing.SUBJECT.value,
        theirs.c.mark == own.c.mark,
        buyer.c.log_index == theirs.c.log_index,
        buyer.c.subject == m.c.subject,
        buyer.c.key == m.c.key,
        _characteristic(buyer) == _characteristic(m),
        buyer.c.relation == Relation.BUYER.value,
        of.is_current(buyer),
    )


def is_peer(rows: FromClause) -> Tests:
    """Ask that a row is among those by which a group is judged, as far as it is current."""
    return (rows.c.relation == Relation.PRODUCER.value, rows.c.value.is_not(None))


def _named_by_others(of: Observed, thing: Thing, *, before: bool) -> ColumnElement[bool]:
    own, other = marks.alias(), marks.alias()
    first = _first(own.c.mark, own.c.party)
    place = other.c.log_index < first if before else other.c.log_index > first
    return exists().where(
        own.c.log_index == of.m.c.log_index,
        own.c.thing == thing.value,
        other.c.mark == own.c.mark,
        other.c.party != own.c.party,
        other.c.subject != own.c.subject,
        place,
        *of.below(other),
    )


def _named_elsewhere(of: Observed) -> ColumnElement[bool]:
    own, other = marks.alias(), marks.alias()
    return exists().where(
        own.c.log_index == of.m.c.log_index,
        own.c.thing == Thing.FILE.value,
        other.c.mark == own.c.mark,
        other.c.party == own.c.party,
        other.c.subject != own.c.subject,
        *of.below(other),
    )


def _claimed(of: Observed, *, before: bool) -> ColumnElement[bool]:
    own, other = marks.alias(), marks
    theirs, ours = _first(other.c.mark, other.c.party), _first(own.c.mark, own.c.party)
    return exists().where(
        own.c.log_index == of.m.c.log_index,
        own.c.thing == Thing.SUBJECT.value,
        own.c.party != NOBODY,
        other.c.mark == own.c.mark,
        # Two ranges of the index: most subjects have one producer, and a long history.
        or_(and_(other.c.party < own.c.party, other.c.party > NOBODY), other.c.party > own.c.party),
        theirs < ours if before else theirs > ours,
        *of.state.standing(other),
    )


def _first(mark: ColumnElement[Any], party: ColumnElement[Any]) -> ColumnElement[int]:
    """Return where a party first named a thing."""
    first = marks.alias()
    return (
        select(func.min(first.c.log_index))
        .where(first.c.mark == mark, first.c.party == party)
        .scalar_subquery()
    )


def _rewritten(of: Observed) -> ColumnElement[bool]:
    old, word = measurements.alias(), words.alias()
    other_old, other = measurements.alias(), words.alias()
    count = (
        select(func.count(distinct(other.c.log_index)))
        .select_from(other_old, other)
        .where(
            *rewritten(of, other_old, other),
            other.c.log_index >= word.c.log_index,
            other.c.admitted < word.c.admitted + rewrites.WITHIN,
        )
        .correlate(of.m, word)
        .scalar_subquery()
    )
    return exists().where(*rewritten(of, old, word), count >= rewrites.LEAST)


def _outlying(of: Observed) -> ColumnElement[bool]:
    rows = of.rows()
    fences = _fences(rows)
    apart = outliers.SCALE * func.abs(rows.c.value - fences.c.median)
    outside = (
        select(rows.c.log_index, rows.c.position)
        .join(fences, fences.c.peers == rows.c.peers)
        .where(*is_peer(rows), apart > outliers.LIMIT * fences.c.mad)
    )
    return tuple_(of.m.c.log_index, of.m.c.position).in_(outside)


def _fences(rows: FromClause) -> CTE:
    """Repeat `outliers.fence` for every group of the rows."""
    age = func.row_number().over(
        partition_by=rows.c.peers, order_by=(rows.c.log_index.desc(), rows.c.position.desc())
    )
    standing = (
        select(rows.c.peers, rows.c.value, rows.c.issuer, age.label("age"))
        .where(*is_peer(rows), rows.c.current.is_(True))
        .subquery()
    )
    young = select(standing).where(standing.c.age <= outliers.MOST_VALUES).cte("young")
    enough = (
        select(young.c.peers)
        .group_by(young.c.peers)
        .having(
            func.count() >= outliers.LEAST_VALUES,
            func.count(distinct(young.c.issuer)) >= outliers.LEAST_ISSUERS,
        )
    )
    judged = select(young.c.peers, young.c.value).where(young.c.peers.in_(enough)).cte("judged")
    middle = _median(judged, judged.c.value).cte("middle")
    deviation = (
        select(judged.c.peers, func.abs(judged.c.value - middle.c.median).label("value"))
        .join(middle, middle.c.peers == judged.c.peers)
        .cte("deviation")
    )
    mad = _median(deviation, deviation.c.value).cte("mad")
    return (
        select(middle.c.peers, middle.c.median, mad.c.median.label("mad"))
        .join(mad, mad.c.peers == middle.c.peers)
        .where(mad.c.median > 0)
        .cte("fences")
    )


def _median(rows: CTE, value: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Return the median of each group: half the sum of the two values in the middle."""
    number = func.row_number().over(partition_by=rows.c.peers, order_by=value)
    count = func.count().over(partition_by=rows.c.peers)
    placed = select(
        rows.c.peers, value.label("value"), number.label("number"), count.label("count")
    ).subquery()
    middle = placed.c.number.in_(((placed.c.count + 1) // 2, (placed.c.count + 2) // 2))
    half = (func.min(placed.c.value) + func.max(placed.c.value)) / 2.0
    return select(placed.c.peers, half.label("median")).where(middle).group_by(placed.c.peers)


def _late(of: Observed) -> ColumnElement[bool]:
    r, other = records.alias(), measurements.alias()
    days = r.c.admitted - of.m.c.ended
    return and_(
        exists().where(r.c.log_index == of.m.c.log_index, days > dates.MOST_DAYS_AFTER_PERIOD),
        exists().where(*newer(of.m, other)),
    )


def _long_valid(of: Observed) -> ColumnElement[bool]:
    r = records.alias()
    days = r.c.admitted - r.c.valid_from
    return exists().where(r.c.log_index == of.m.c.log_index, days > dates.MOST_DAYS_AFTER_VALID)


def _contradicted(of: Observed) -> ColumnElement[bool]:
    own, theirs, buyer = marks.alias(), marks.alias(), measurements.alias()
    m = of.m.c
    apart = or_(m.lower > buyer.c.upper, m.upper < buyer.c.lower)
    return and_(
        m.relation == Relation.PRODUCER.value,
        exists().where(*bought(of, own, theirs, buyer), apart),
    )


def _characteristic(rows: FromClause) -> ColumnElement[Any]:
    return func.coalesce(rows.c.characteristic, "")


_TESTS: Mapping[str, Callable[[Observed], ColumnElement[bool]]] = {
    "O001": lambda of: _named_by_others(of, Thing.FILE, before=True),
    "O002": lambda of: _named_by_others(of, Thing.FILE, before=False),
    "O003": _named_elsewhere,
    "O004": lambda of: _named_by_others(of, Thing.FIGURES, before=True),
    "O005": lambda of: _claimed(of, before=True),
    "O006": lambda of: _claimed(of, before=False),
    "O007": _rewritten,
    "O008": _outlying,
    "O009": _late,
    "O010": _long_valid,
    "O011": _contradicted,
}
