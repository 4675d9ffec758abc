"""What makes a measurement eligible for an answer, as data.

The conditions are written once, here. `failing` applies them to a measurement in memory; the
registry's index translates the same data to SQL, so that both leave out the same rows for the same
reasons.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from openquality_validator.catalogue import MONEY
from openquality_validator.compare.measurement import Measurement
from openquality_validator.evidence import (
    IdentityLevel,
    Independence,
    Relation,
    Verification,
)
from openquality_validator.query import Query
from openquality_validator.wanted import (
    CertificateWanted,
    Characteristics,
    LevelWanted,
    Of,
    ProvenanceWanted,
    Where,
)

RATE = "eventRate"
CURRENCY_DIFFERS = "currencyDiffers"


@dataclass(frozen=True, slots=True)
class Test:
    """Hold one comparison of a field with a value.

    Of the measurement itself, `op` is one of: `eq`, `in`, `ge`, `le`, `given` (not null), `absent`
    (null), `pair` ((issuer, assessed_under) in a set), `has` ((name, value) in a set-valued field).

    Of what else is known: `known` (the record is found by one of these look-up keys), `certified`
    (a Certified), `provided` (a Provided), `promised` (a Promised), `achieved` (an Achieved), and
    about the newest values of the other characteristics of its series: `worst` (none is worse),
    `best` (none that fulfils these conditions is better), `every` (all fulfil these conditions);
    and of the log around it: `free` (an Unobserved: the observation does not stand on it).
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


@dataclass(frozen=True, slots=True)
class Provided:
    """Ask for a statement on the subject's origin, by an issuer whose relation counts."""

    wanted: ProvenanceWanted
    relation: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Promised:
    """Ask for a promise of the producer about the subject, in force on `on`."""

    where: Where
    on: dt.date


@dataclass(frozen=True, slots=True)
class Unobserved:
    """Ask that an observation does not stand on a value of this metric."""

    code: str
    metric: str


@dataclass(frozen=True, slots=True)
class Achieved:
    """Ask for a measurement of the subject in this scope that fulfils these conditions."""

    scope: tuple[Test, ...]
    conditions: tuple[Condition, ...]


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
    if query.keys:
        tests.append(Test("keys", "known", query.keys))
    if query.countries:
        tests.append(Test("country", "in", query.countries))
    if query.regions:
        tests.append(Test("region", "in", query.regions))
    return tuple(tests)


def eligibility(query: Query, where: Where) -> tuple[Condition, ...]:
    """List what a row must fulfil, in the order in which reasons are given."""
    found = (*unpriced(query, where), *priced(where))
    match where.characteristics:
        case Characteristics.ANY:
            # Each characteristic was judged by itself: of those that pass the best one stands.
            return (*found, Condition("otherCharacteristic", (Test("series", "best", found),)))
        case Characteristics.ALL:
            others = (_LATEST, *found[1:])
            return (*found, Condition("characteristicFails", (Test("series", "every", others),)))
        case _:
            return found


def unpriced(query: Query, where: Where) -> tuple[Condition, ...]:
    """List the conditions of `eligibility` that do not depend on an amount of money."""
    return (
        _STANDS[where.characteristics],
        *_relation(query),
        *_identity(query),
        *_independence(query),
        *_verification(query),
        *_sample(query, where),
        *_age(query),
        _unexpired(query),
        *_certificates(query),
        *_provenance(query),
        *_levels(query),
        *(
            Condition(
                f"observation:{code}",
                (Test("observations", "free", Unobserved(code, where.metric.id)),),
            )
            for code in query.without
        ),
        *(
            Condition(f"qualifierDiffers:{name}", (Test("qualifiers", "has", (name, value)),))
            for name, value in where.qualifiers
        ),
    )


def priced(where: Where) -> tuple[Condition, ...]:
    """List the conditions of `eligibility` on the amount: its currency, its bound, its size."""
    return (*_currency(where), *_threshold(where))


def failing(
    measurement: Measurement,
    conditions: Collection[Condition],
    *,
    current: bool = True,
    certified: Callable[[Measurement, Certified], bool] = lambda _m, _c: False,
) -> str | None:
    """Name the first reason for which a measurement is left out, or None if it is eligible.

    `current` says whether the row stands for its series. Raises ValueError for a test of what
    neither the measurement nor the two callers' words tell.
    """
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
    match test.op:
        case "certified":
            return certified(m, test.value)
        case "pair":
            return (m.issuer, m.assessed_under) in test.value
        case "absent":
            return getattr(m, test.field) is None
        case op if op not in _OPERATORS:
            raise ValueError(f"A measurement alone does not say {op!r}; ask the index.")
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


_LATEST = Condition("notCurrent", (Test("latest", "eq", value=True),))
_WORST = Condition("notCurrent", (Test("series", "worst"),))
_STANDS: Mapping[Characteristics, Condition] = {
    Characteristics.WORST_CRITICAL: Condition("notCurrent", (Test("current", "eq", value=True),)),
    Characteristics.WORST: _WORST,
    Characteristics.ANY: _LATEST,
    Characteristics.ALL: _WORST,
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
    if query.min_period_days is not None:
        found.append(Condition("periodTooShort", (Test("days", "ge", query.min_period_days),)))
    return tuple(found)


def _unexpired(query: Query) -> Condition:
    last = Test("valid_until", "ge", query.as_of.isoformat())
    return Condition("expired", (Test("valid_until", "absent"), last))


def _certificates(query: Query) -> tuple[Condition, ...]:
    pairs = _pairs(query)
    return tuple(
        Condition(
            f"certificateMissing:{wanted.scheme}",
            (Test("certificate", "certified", Certified(wanted, wanted.on or query.as_of, pairs)),),
        )
        for wanted in query.certificates
    )


def _provenance(query: Query) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            "provenanceMissing", (Test("origin", "provided", Provided(wanted, _relation(query))),)
        )
        for wanted in query.provenance
    )


def _levels(query: Query) -> tuple[Condition, ...]:
    return tuple(_level(query, wanted) for wanted in query.levels)


def _level(query: Query, wanted: LevelWanted) -> Condition:
    reason = f"serviceLevelMissing:{wanted.where.metric.id}"
    if wanted.of is Of.PROMISED:
        return Condition(reason, (Test("level", "promised", Promised(wanted.where, query.as_of)),))
    # A measurement is judged as under `where`, without what is asked of the subject besides.
    alone = replace(query, certificates=(), provenance=(), levels=())
    metric = (Test("metric", "eq", wanted.where.metric.id),)
    judged = Achieved(metric, eligibility(alone, wanted.where))
    return Condition(reason, (Test("level", "achieved", judged),))


def _currency(where: Where) -> tuple[Condition, ...]:
    """Keep amounts in another currency out: without a rate they do not compare."""
    if where.metric.quantity_kind != MONEY or where.unit is None:
        return ()
    return (Condition(CURRENCY_DIFFERS, (Test("unit", "eq", where.unit),)),)


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
