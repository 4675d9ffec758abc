"""The answer to a query, as JSON: typed rows, reasons, and nothing that a supplier wrote freely.

Names and other free text of suppliers are left out on purpose: an answer goes to models.
Numbers are decimal strings; canonical values are in the metric's canonical unit.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openquality_validator import vocabulary
from openquality_validator.catalogue import MONEY
from openquality_validator.compare.grade import grade
from openquality_validator.compare.measurement import Measurement
from openquality_validator.compare.ranking import Indexed, Term, ranking_bound
from openquality_validator.evidence import Accreditor, Standing
from openquality_validator.message import message
from openquality_validator.query import Query
from openquality_validator.text import labels
from openquality_validator.wanted import Rate, Where

ORDER = message(
    "By the one-sided 95 % bound, best first; values without a bound after all that have "
    "one; equal values in the order of the log."
)
ORDER_RANKED = message(
    "By score, greatest first; a score is the sum of weight × normalised bound, where a "
    "bound is normalised to (bound - worst) / (best - worst) over all eligible rows and a "
    "value without a bound counts 0; equal scores in the order of the log."
)

ORDER_FAIR = message("The fairness section of the query has then moved rows; `fairness` says how.")
ACTIVE = "active"  # what was withdrawn or has expired stands in no answer

# What would have been needed, by reason; the part after a colon names the thing.
NEEDED: Mapping[str, str] = {
    "notCurrent": message(
        "A newer statement of the same issuer about the same subject stands instead."
    ),
    "expired": message("The record has ended before `asOf`; ask the issuer for a new one."),
    "relation": message(
        "Add the issuer's relation to `relations`, or the issuer to `accreditors`."
    ),
    "identity": message("Lower `floors.identity`, or ask the issuer for a stronger identity."),
    "independence": message("Lower `floors.independence`, or list the accreditors you accept."),
    "verification": message("Lower `floors.verification`, or ask for the digest of the data."),
    "sampleTooSmall": message("Lower `minSample`, or ask for a larger sample."),
    "periodAhead": message("The period ends after `asOf`."),
    "tooOld": message("Raise `maxAgeDays`, or ask for a newer measurement."),
    "periodTooShort": message(
        "Lower `minPeriodDays`, or ask for a measurement over a longer period."
    ),
    "provenanceMissing": message("No statement on the subject's origin says all of this."),
    "serviceLevelMissing": message(
        "No such service level is promised by the producer, or achieved."
    ),
    "observation": message("Take the observation out of `without` after reading what it says."),
    "certificateMissing": message("No such certificate is valid on the date asked for."),
    "qualifierDiffers": message(
        "The value was measured under another qualifier; it does not compare."
    ),
    "currencyDiffers": message(
        "The amount is in another currency; ask in that one, or give a dated rate."
    ),
    "noBound": message(
        "The claim states too little for a confidence bound; ask for its counts or "
        "its uncertainty, or ask by value (`of`)."
    ),
    "threshold": message("The bound does not reach the threshold."),
    "otherCharacteristic": message(
        "Another characteristic of the same subject is better, and stands."
    ),
    "characteristicFails": message("Another characteristic of the same subject is not eligible."),
    "notComparable": message(
        "The value lies in another comparability group; name its qualifiers instead."
    ),
    "metricMissing": message("The subject has no eligible value for every metric asked for."),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Count eligible values in one comparability group; `key` and `family` name it."""

    key: str
    family: str | None
    count: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Count rows that were left out of one metric's values, by reason."""

    metric: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Fair:
    """Say what the fairness section did to a row: `rank` is its place without it, from 1."""

    rank: int
    reserved: bool
    merit: float
    before: int
    weighed: float


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one answer row: a value for each metric, for one subject and issuer."""

    values: tuple[Indexed, ...]
    terms: tuple[Term, ...] = ()
    fair: Fair | None = None

    @property
    def score(self) -> float:
        """The sum of the weighted terms."""
        return sum(term.product for term in self.terms)


def order(*, ranked: bool, fair: bool) -> str:
    """Say in words how rows are ordered."""
    first = ORDER_RANKED if ranked else ORDER
    return f"{first} {ORDER_FAIR}" if fair else first


def choose_group(groups: Sequence[Group], *, by_category: bool) -> Group | None:
    """Choose the group that an answer is about: the largest, then the first by key.

    With a category in the query (`by_category` False) families are not told apart.
    """
    merged: dict[tuple[str, str | None], int] = {}
    for group in groups:
        name = (group.key, group.family if by_category else None)
        merged[name] = merged.get(name, 0) + group.count
    if not merged:
        return None
    (key, family), count = min(merged.items(), key=lambda g: (-g[1], g[0][0], g[0][1] or ""))
    return Group(key, family, count)


def exact(value: float | None) -> Decimal | None:
    """Return the shortest decimal that reads back as the same float."""
    return None if value is None else Decimal(repr(value))


def decimal(value: float | None) -> str | None:
    """Write a float as the shortest decimal that reads back as the same float."""
    return None if value is None else f"{exact(value):f}"


def row_json(row: Row, query: Query, reference: Row) -> dict[str, Any]:
    """Write one row; each value is graded against the reference row's value."""
    first = row.values[0].measurement
    document: dict[str, Any] = {
        "subject": {
            "id": first.subject,
            "type": first.subject_type,
            "granularity": first.granularity,
            "producer": first.producer,
            "country": first.country,
            "region": first.region,
            "sizeClass": first.size_class,
        },
        "issuer": first.issuer,
        "status": ACTIVE,
        "freshness": _freshness(row, query),
        "bundle": bundle_link(first.digest),
        "safetyNotices": [],
        "observations": [],
        "values": [
            value_json(
                value,
                where,
                other.measurement,
                as_of=query.as_of,
                accreditors=query.accreditors,
                by_category=query.category is None,
            )
            for value, where, other in zip(row.values, query.where, reference.values, strict=True)
        ],
    }
    if query.explain:
        for shown, value, where in zip(document["values"], row.values, query.where, strict=True):
            shown["explanation"] = _explanation(value, where)
    if row.terms:
        document["score"] = {
            "total": decimal(row.score),
            "terms": [_term_json(term) for term in row.terms],
        }
    if row.fair is not None:
        document["fairness"] = {
            "rank": row.fair.rank,
            "reserved": row.fair.reserved,
            "merit": decimal(row.fair.merit),
            "before": row.fair.before,
            "weighed": decimal(row.fair.weighed),
        }
    return document


def _term_json(term: Term) -> dict[str, Any]:
    return {
        "metric": term.metric,
        "weight": f"{term.weight:.9f}",
        "bound": decimal(term.bound),
        "best": decimal(term.best),
        "worst": decimal(term.worst),
        "normalised": decimal(term.normalised),
        "product": decimal(term.product),
    }


def _explanation(value: Indexed, where: Where) -> dict[str, Any] | None:
    """Show how a value reached its threshold; None where none was asked for."""
    if where.threshold is None:
        return None
    floor = where.comparator == "atLeast"
    name = "value" if where.of == "value" else ("lower" if floor else "upper")
    held = exact(getattr(value.measurement, name))
    assert held is not None
    margin = held - where.threshold
    return {
        "compared": name,
        "comparator": where.comparator,
        "threshold": f"{where.threshold:f}",
        "holds": True,
        "margin": f"{margin if floor else -margin:f}",
    }


def left_out_json(left_out: Sequence[LeftOut]) -> list[dict[str, Any]]:
    """Write what was left out, in a fixed order, each with what would have been needed."""
    return [
        {
            "metric": item.metric,
            "reason": item.reason,
            "count": item.count,
            "needed": NEEDED[item.reason.split(":", maxsplit=1)[0]],
        }
        for item in sorted(left_out, key=lambda i: (i.metric, i.reason))
    ]


def value_json(
    value: Indexed,
    where: Where,
    reference: Measurement,
    *,
    as_of: dt.date,
    accreditors: Sequence[Accreditor],
    by_category: bool,
) -> dict[str, Any]:
    """Write one value with all that is derived about it, graded against a reference value."""
    m = value.measurement
    stands = Standing(m.relation, m.assessed_under)
    comparability = grade(m, reference, where.metric, category=by_category)
    return {
        "metric": m.metric,
        "value": decimal(m.value),
        "unit": _unit(value, where),
        "lower": decimal(m.lower),
        "upper": decimal(m.upper),
        "rankedOn": decimal(ranking_bound(m, where)),
        "original": None if m.amount is None else {"amount": m.amount, "unit": m.unit},
        "rate": None if value.rate is None else rate_json(value.rate),
        "n": m.n,
        "period": {"start": m.start, "end": m.end},
        "ageDays": _age(m, as_of),
        "stale": _is_stale(m, where, as_of),
        "validUntil": m.valid_until,
        "qualifiers": vocabulary.shown_qualifiers(m.qualifiers),
        "characteristic": None if m.characteristic is None else labels.label(m.characteristic),
        "verification": m.verification.value,
        "independence": stands.independence_for(m.issuer, accreditors).value,
        "relation": stands.relation_for(m.issuer, accreditors).value,
        "identity": m.identity,
        "grade": comparability.grade.value,
        "reasons": [vocabulary.shown_reason(each) for each in comparability.reasons],
        "statement": m.digest,
        "claim": m.claim,
        "index": value.index,
        "bundle": bundle_link(m.digest),
    }


def bundle_link(digest: str) -> str:
    """Say where the bundle of a statement is, relative to the registry's address."""
    return f"v1/statements/{digest.removeprefix('sha256:')}/bundle"


def _unit(value: Indexed, where: Where) -> str | None:
    if value.rate is not None:
        return value.rate.target
    if where.metric.quantity_kind == MONEY:
        return value.measurement.unit
    return where.metric.canonical_unit


def rate_json(rate: Rate) -> dict[str, str]:
    """Write an exchange rate as the query does."""
    return {
        "from": rate.source,
        "to": rate.target,
        "rate": f"{rate.rate:f}",
        "date": rate.date.isoformat(),
        "source": rate.published,
    }


def _freshness(row: Row, query: Query) -> dict[str, Any]:
    """Give the age of a row's oldest measurement, and whether any is stale."""
    pairs = list(zip(row.values, query.where, strict=True))
    ages = [_age(value.measurement, query.as_of) for value, _ in pairs]
    stale = [_is_stale(value.measurement, where, query.as_of) for value, where in pairs]
    return {
        "ageDays": max((age for age in ages if age is not None), default=None),
        "stale": any(stale) if None not in stale else None,
    }


def _age(m: Measurement, as_of: dt.date) -> int | None:
    return None if m.end is None else (as_of - dt.date.fromisoformat(m.end)).days


def _is_stale(m: Measurement, where: Where, as_of: dt.date) -> bool | None:
    age = _age(m, as_of)
    return None if age is None else age > where.metric.max_age_days
