"""The conditions of `compare.conditions` in SQL, over the rows of one state of the log."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Exists,
    FromClause,
    and_,
    case,
    exists,
    false,
    func,
    not_,
    or_,
    true,
    tuple_,
)

from openquality_registry.adapters.sql.fact_tables import (
    materials,
    origins,
    scopes,
    service_levels,
)
from openquality_registry.adapters.sql.index_tables import categories, certificates, measurements
from openquality_registry.adapters.sql.observed import Observed
from openquality_registry.adapters.sql.states import State, Tests
from openquality_registry.adapters.sql.tables import subjects
from openquality_registry.answering.index import category_node, qualifier_text
from openquality_validator.compare.conditions import (
    Achieved,
    Certified,
    Condition,
    Promised,
    Provided,
    Test,
    Unobserved,
)
from openquality_validator.evidence import Relation
from openquality_validator.wanted import MaterialWanted

# Before a group's key, and between it and the family: a control character, which neither contains
# and no reason begins with.
GROUP = "\x1e"
# Fields that all rows of a series share: by these a past state may be narrowed before it is made.
_OF_SERIES = frozenset({"metric", "subject_type", "granularity", "subject"})


def series_tests(scope: Sequence[Test]) -> Tests:
    """Return those tests of a scope, on the table itself, that keep every series whole."""
    return [_plain(measurements, test) for test in scope if test.field in _OF_SERIES]


@dataclass(frozen=True, slots=True)
class Eligible:
    """Translate tests about the rows of `m`, which has the columns of `measurements`."""

    m: FromClause
    state: State

    def all(self, tests: Sequence[Test]) -> Tests:
        """Ask that every test holds."""
        return [self.test(test) for test in tests]

    def conditions(self, conditions: Sequence[Condition]) -> Tests:
        """Ask that every condition is fulfilled."""
        return [self.any(condition) for condition in conditions]

    def any(self, condition: Condition) -> ColumnElement[bool]:
        """Ask that one of a condition's tests holds."""
        return or_(false(), *(self.test(test) for test in condition.any_of))

    def outcome(self, conditions: Sequence[Condition]) -> ColumnElement[Any]:
        """Give the reason why a row is left out, or the group of an eligible one, in one value.

        One value and not three columns: a database evaluates and sorts it once for each row.
        """
        whens = [(self.any(c).is_not(true()), c.reason) for c in conditions]
        return case(*whens, else_=GROUP + self.m.c.key + GROUP + func.coalesce(self.m.c.family, ""))

    def test(self, test: Test) -> ColumnElement[bool]:
        """Translate one test."""
        special = _SPECIAL.get(test.op)
        if special is not None:
            return special(self, test.value)
        if test.field == "categories":
            c = categories.c
            node = category_node(test.value)
            return exists().where(c.node == node, c.log_index == self.m.c.log_index)
        if test.field == "qualifiers":
            # Case-sensitive on every database, unlike LIKE.
            needle = qualifier_text(*test.value)
            return func.replace(self.m.c.qualifiers, needle, "") != self.m.c.qualifiers
        return _plain(self.m, test)


def _pair(of: Eligible, pairs: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    c = of.m.c
    return or_(
        false(),
        *(and_(c.issuer == did, c.assessed_under == scheme) for did, scheme in pairs),
    )


def _known(of: Eligible, keys: Sequence[str]) -> Exists:
    c = subjects.c
    return exists().where(c.key.in_(keys), c.log_index == of.m.c.log_index)


def _certified(of: Eligible, asked: Certified) -> Exists:
    c = certificates.c
    on = asked.on.isoformat()
    issuers = [did for did, scheme in asked.pairs if scheme == asked.wanted.scheme]
    tests: list[ColumnElement[bool]] = [
        or_(c.holder == of.m.c.subject, c.holder == of.m.c.producer),
        c.scheme == asked.wanted.scheme,
        c.status == "active",
        *of.state.standing(certificates),
        ~of.state.uncertified(issuers),
        c.start <= on,
        or_(c.end.is_(None), c.end >= on),
    ]
    if asked.wanted.edition is not None:
        tests.append(c.edition == asked.wanted.edition)
    if asked.wanted.accredited:
        tests.append(c.issuer.in_(issuers))
    if asked.wanted.scope is not None:
        scheme, code = asked.wanted.scope
        s = scopes.c
        listed = [s.log_index == c.log_index, s.position == c.position, s.code == code]
        if scheme is not None:
            listed.append(s.scheme == scheme)
        tests.append(exists().where(*listed))
    return exists().where(*tests)


def _provided(of: Eligible, asked: Provided) -> Exists:
    o = origins.c
    tests: list[ColumnElement[bool]] = [
        o.subject == of.m.c.subject,
        *of.state.standing(origins),
        *Eligible(origins, of.state).conditions(asked.relation),
    ]
    if asked.wanted.origins:
        tests.append(o.country.in_(asked.wanted.origins))
    if asked.wanted.custody:
        tests.append(o.custody.in_(asked.wanted.custody))
    if asked.wanted.material is not None:
        tests.append(_made_of(asked.wanted.material))
    return exists().where(*tests)


def _promised(of: Eligible, asked: Promised) -> Exists:
    s, where = service_levels.c, asked.where
    assert where.threshold is not None
    objective, wanted = s.objective, float(where.threshold)
    on = asked.on.isoformat()
    return exists().where(
        s.subject == of.m.c.subject,
        s.indicator == where.metric.id,
        s.relation == Relation.PRODUCER.value,
        s.comparator == where.comparator,
        s.unit == where.unit,
        objective >= wanted if where.comparator == "atLeast" else objective <= wanted,
        s.start <= on,
        s.end >= on,
        *of.state.standing(service_levels),
    )


def _achieved(of: Eligible, asked: Achieved) -> Exists:
    rows = of.state.measurements(series_tests(asked.scope)).alias()
    own = Eligible(rows, of.state)
    return exists().where(
        rows.c.subject == of.m.c.subject,
        *own.all(asked.scope),
        *own.conditions(asked.conditions),
    )


def _free(of: Eligible, asked: Unobserved) -> ColumnElement[bool]:
    return not_(Observed(of.m, of.state, (asked.metric,)).test(asked.code))


def _worst(of: Eligible, _nothing: None) -> ColumnElement[bool]:
    rows, siblings = _siblings(of)
    worse = tuple_(*_badness(rows)) < tuple_(*_badness(of.m))
    return and_(of.m.c.latest.is_(true()), ~exists().where(*siblings, worse))


def _best(of: Eligible, conditions: Sequence[Condition]) -> ColumnElement[bool]:
    rows, siblings = _siblings(of)
    better = tuple_(*_goodness(rows)) < tuple_(*_goodness(of.m))
    passing = Eligible(rows, of.state).conditions(conditions)
    return ~exists().where(*siblings, better, *passing)


def _every(of: Eligible, conditions: Sequence[Condition]) -> ColumnElement[bool]:
    rows, siblings = _siblings(of)
    own = Eligible(rows, of.state)
    failing = or_(false(), *(own.any(each).is_not(true()) for each in conditions))
    return ~exists().where(*siblings, failing)


def _siblings(of: Eligible) -> tuple[FromClause, Tests]:
    """Return the newest values of the characteristics in the row's series."""
    rows = of.m.alias()
    return rows, [rows.c.series == of.m.c.series, rows.c.latest.is_(true())]


def _made_of(wanted: MaterialWanted) -> Exists:
    m, o = materials.c, origins.c
    tests: list[ColumnElement[bool]] = [m.log_index == o.log_index, m.position == o.position]
    if wanted.cas is not None:
        tests.append(m.cas == wanted.cas)
    if wanted.name is not None:
        tests.append(m.name == wanted.name)
    if wanted.share is not None:
        tests.append(m.share >= float(wanted.share))
    if wanted.origins:
        tests.append(m.country.in_(wanted.origins))
    return exists().where(*tests)


def _badness(rows: FromClause) -> tuple[ColumnElement[Any], ...]:
    """Order worst first, as the mark `current` does among characteristics of one class."""
    c = rows.c
    known = case((c.goodness.is_(None), 0), else_=1)
    return known, func.coalesce(c.goodness, 0.0), c.log_index, c.position


def _goodness(rows: FromClause) -> tuple[ColumnElement[Any], ...]:
    """Order best first; a value without a bound is never the best beside one that has a bound."""
    c = rows.c
    unknown = case((c.goodness.is_(None), 1), else_=0)
    return unknown, -func.coalesce(c.goodness, 0.0), c.log_index, c.position


def _plain(rows: FromClause, test: Test) -> ColumnElement[bool]:
    return _OPERATORS[test.op](rows.c[test.field], test.value)


_OPERATORS: Mapping[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "in": lambda column, value: column.in_(value),
    "ge": lambda column, value: column >= value,
    "le": lambda column, value: column <= value,
    "given": lambda column, _value: column.is_not(None),
    "absent": lambda column, _value: column.is_(None),
}
_SPECIAL: Mapping[str, Callable[[Eligible, Any], ColumnElement[bool]]] = {
    "pair": _pair,
    "known": _known,
    "certified": _certified,
    "provided": _provided,
    "promised": _promised,
    "achieved": _achieved,
    "free": _free,
    "worst": _worst,
    "best": _best,
    "every": _every,
}
