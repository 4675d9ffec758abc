"""What makes a measurement eligible for an answer, as data.

The conditions are written once, here. `failing` applies them to a measurement in memory; the
registry's index translates the same data to SQL, so that both leave out the same rows for the same
reasons.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from openquality_validator.catalogue import MONEY
from openquality_validator.compare.measurement import Measurement
from openquality_validator.evidence import (
    IdentityLevel,
    Independence,
    Relation,
    Verification,
)
from openquality_validator.query import CertificateWanted, Query, Where

RATE = "eventRate"


@dataclass(frozen=True, slots=True)
class Test:
    """Hold one comparison of a field with a value.

    `op` is one of: `eq`, `in`, `ge`, `le`, `given` (not null), `pair` ((issuer, assessed_under) in
    a set), `has` ((name, value) in a set-valued field), `certified` (a Certified value).
    """

    field: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Ask that at least one test holds; `reason` says why a row that fails is left out."""

    reason: str
    any_of: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Certified:
    """Ask for a certificate of the subject or its producer that is valid on `on`."""

    wanted: CertificateWanted
    on: dt.date
    pairs: tuple[tuple[str, str], ...]


def scope(query: Query, where: Where) -> tuple[Test, ...]:
    """List what makes a row one that the buyer means at all; others are not counted."""
    tests = [Test("metric", "eq", where.metric.id)]
    if query.subject_type:
        tests.append(Test("subject_type", "eq", query.subject_type))
    if query.granularity:
        tests.append(Test("granularity", "eq", query.granularity))
    if query.category:
        tests.append(Test("categories", "has", query.category))
    if query.ids:
        tests.append(Test("subject", "in", query.ids))
    return tuple(tests)


def eligibility(query: Query, where: Where) -> tuple[Condition, ...]:
    """List what a row must fulfil, in the order in which reasons are given."""
    return (
        Condition("notCurrent", (Test("current", "eq", value=True),)),
        *_relation(query),
        *_identity(query),
        *_independence(query),
        *_verification(query),
        *_sample(query, where),
        *_age(query),
        *_certificates(query),
        *(
            Condition(f"qualifierDiffers:{name}", (Test("qualifiers", "has", (name, value)),))
            for name, value in where.qualifiers
        ),
        *_currency(where),
        *_threshold(where),
    )


def failing(
    measurement: Measurement,
    conditions: Collection[Condition],
    *,
    current: bool = True,
    certified: Callable[[Measurement, Certified], bool] = lambda _m, _c: False,
) -> str | None:
    """Name the first reason for which a measurement is left out, or None if it is eligible."""
    for condition in conditions:
        if not any(_holds(t, measurement, current, certified) for t in condition.any_of):
            return condition.reason
    return None


def _holds(
    test: Test,
    m: Measurement,
    current: bool,  # noqa: FBT001 - private
    certified: Callable[[Measurement, Certified], bool],
) -> bool:
    if test.op == "certified":
        return certified(m, test.value)
    if test.op == "pair":
        return (m.issuer, m.assessed_under) in test.value
    actual = current if test.field == "current" else getattr(m, test.field)
    return actual is not None and _OPERATORS[test.op](actual, test.value)


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda actual, value: bool(actual == value),
    "in": lambda actual, value: actual in value,
    "ge": lambda actual, value: bool(actual >= value),
    "le": lambda actual, value: bool(actual <= value),
    "given": lambda _actual, _value: True,
    "has": lambda actual, value: value in actual,
}


def _pairs(query: Query) -> tuple[tuple[str, str], ...]:
    return tuple((a.did, scheme) for a in query.accreditors for scheme in a.schemes)


def _relation(query: Query) -> tuple[Condition, ...]:
    if set(query.relations) == set(Relation):
        return ()
    plain = tuple(r.value for r in query.relations if r is not Relation.ASSESSOR)
    tests = [Test("relation", "in", plain)] if plain else []
    if Relation.ASSESSOR in query.relations:
        tests.append(Test("issuer", "pair", _pairs(query)))
    return (Condition("relation", tuple(tests)),)


def _identity(query: Query) -> tuple[Condition, ...]:
    levels = _from(IdentityLevel, query.identity)
    return () if len(levels) == len(IdentityLevel) else (_among("identity", levels),)


def _verification(query: Query) -> tuple[Condition, ...]:
    levels = _from(Verification, query.verification)
    return () if len(levels) == len(Verification) else (_among("verification", levels),)


def _independence(query: Query) -> tuple[Condition, ...]:
    accredited = Test("issuer", "pair", _pairs(query))
    third_party = Test("assessed_under", "given")
    buyer = Test("relation", "eq", Relation.BUYER.value)
    enough = {
        Independence.SELF: (),
        Independence.BUYER: (buyer, third_party, accredited),
        Independence.THIRD_PARTY: (third_party, accredited),
        Independence.ACCREDITED: (accredited,),
    }[query.independence]
    return (Condition("independence", enough),) if enough else ()


def _sample(query: Query, where: Where) -> tuple[Condition, ...]:
    # A rate counts events in an exposure, not a sample; its bound says how much was seen.
    default = 0 if where.metric.form == RATE else where.metric.min_sample
    least = default if query.min_sample is None else query.min_sample
    return (Condition("sampleTooSmall", (Test("n", "ge", least),)),) if least else ()


def _age(query: Query) -> tuple[Condition, ...]:
    found = [Condition("periodAhead", (Test("end", "le", query.as_of.isoformat()),))]
    if query.max_age_days is not None:
        oldest = query.as_of - dt.timedelta(days=query.max_age_days)
        found.append(Condition("tooOld", (Test("end", "ge", oldest.isoformat()),)))
    return tuple(found)


def _certificates(query: Query) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            f"certificateMissing:{wanted.scheme}",
            (Test("certificate", "certified", Certified(wanted, query.as_of, _pairs(query))),),
        )
        for wanted in query.certificates
    )


def _currency(where: Where) -> tuple[Condition, ...]:
    """Keep amounts in another currency out: without a rate they do not compare."""
    if where.metric.quantity_kind != MONEY or where.unit is None:
        return ()
    return (Condition("currencyDiffers", (Test("unit", "eq", where.unit),)),)


def _threshold(where: Where) -> tuple[Condition, ...]:
    if where.threshold is None:
        return ()
    floor = where.comparator == "atLeast"
    field = "value" if where.of == "value" else ("lower" if floor else "upper")
    found = []
    if field != "value":
        found.append(Condition("noBound", (Test(field, "given"),)))
    op = "ge" if floor else "le"
    found.append(Condition("threshold", (Test(field, op, float(where.threshold)),)))
    return tuple(found)


def _from(levels: Any, least: Any) -> tuple[str, ...]:  # noqa: ANN401 - an enumeration and its member
    order = list(levels)
    return tuple(level.value for level in order[order.index(least) :])


def _among(field: str, levels: tuple[str, ...]) -> Condition:
    return Condition(field, (Test(field, "in", levels),))
