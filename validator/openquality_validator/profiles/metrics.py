"""Judge a metric asked for: the newest value of each series counts, and the worst decides."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openquality_validator import catalogue as catalogues
from openquality_validator.compare import conditions
from openquality_validator.compare.measurement import Measurement, measurements
from openquality_validator.evidence import Accreditor
from openquality_validator.profiles.held import About, Held, Related, is_assessment
from openquality_validator.profiles.judged import (
    Judged,
    Source,
    earliest,
    failed,
    missing,
    passed,
    stale,
)
from openquality_validator.query import Query

CRITICAL = "critical"
_STALE = {"tooOld", "expired"}
_FAILED = {"threshold", "noBound", "currencyDiffers"}
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Value:
    """Hold a measurement with the record in which it stands."""

    measurement: Measurement
    held: Held
    evidence: frozenset[str]

    @property
    def source(self) -> Source:
        """Where it stands."""
        return Source(self.measurement.digest, self.measurement.claim)


def values(records: Iterable[Related]) -> tuple[Value, ...]:
    """List every value of attestations on the subject itself, or on what it makes."""
    return tuple(
        value
        for each in records
        if each.about is not About.MAKER and not is_assessment(each.held)
        for value in _values(each.held)
    )


def judge(
    query: Query, found: Sequence[Value], *, as_of: dt.date, accreditors: Sequence[Accreditor]
) -> Judged:
    """Judge the values of the one metric that a query asks for.

    What does not fulfil the floors of the query does not count. Of what counts, a value that is too
    old makes the indicator stale if there is no newer one, and one that misses the threshold makes
    it fail, whatever stands beside it.
    """
    (where,) = query.where
    age = query.max_age_days or where.metric.max_age_days
    asked = replace(query, as_of=as_of, accreditors=tuple(accreditors), max_age_days=age)
    listed = [each for each in found if each.measurement.metric == where.metric.id]
    tests = conditions.eligibility(asked, where)
    reasons: dict[str, list[Value]] = defaultdict(list)
    for each in _newest(listed, as_of):
        reasons[conditions.failing(each.measurement, tests) or ""].append(each)
    if bad := reasons.keys() & _FAILED:
        worst = [each.source for reason in bad for each in reasons[reason]]
        return failed(*sorted(bad), sources=worst)
    if good := reasons.get("", ()):
        return passed(
            [each.source for each in good],
            until=earliest(*(_until(each, age) for each in good)),
            evidence=frozenset().union(*(each.evidence for each in good)),
        )
    if old := reasons.keys() & _STALE:
        return stale(
            *sorted(old), sources=[each.source for reason in old for each in reasons[reason]]
        )
    gone = {WITHDRAWN: [each for each in listed if not each.held.is_active]}
    why = {name: each for name, each in {**reasons, **gone}.items() if each}
    return missing(*sorted(why), sources=[value.source for each in why.values() for value in each])


def _newest(listed: Iterable[Value], as_of: dt.date) -> Iterator[Value]:
    """Yield the newest value of each characteristic, of a series only the critical ones if any."""
    day = as_of.isoformat()
    newest: dict[tuple[str, str, str], dict[str | None, Value]] = defaultdict(dict)
    for each in listed:
        m = each.measurement
        if not each.held.is_active or (m.end is not None and m.end > day):
            continue
        series = newest[m.issuer, m.subject, m.key]
        before = series.get(m.characteristic)
        if before is None or _recent(each) > _recent(before):
            series[m.characteristic] = each
    for series in newest.values():
        critical = [v for v in series.values() if v.measurement.characteristic_class == CRITICAL]
        yield from critical or series.values()


def _recent(value: Value) -> tuple[str, str, str, str]:
    m = value.measurement
    return m.end or "", value.held.record.value["validFrom"], m.digest, m.claim


def _until(value: Value, age: int) -> dt.date | None:
    end = value.measurement.end
    last = None if end is None else dt.date.fromisoformat(end) + dt.timedelta(days=age)
    return earliest(last, value.held.ends)


def _values(held: Held) -> Iterator[Value]:
    catalogue = catalogues.load(held.record.value["catalogueVersion"])
    claims = {each["id"]: each for each in held.subject["claims"]}
    for each in measurements(held.record, catalogue=catalogue):
        checked = held.verification.get(each.claim, each.verification)
        kinds = bound(held, claims[each.claim])
        yield Value(replace(each, verification=checked), held, kinds)


def bound(held: Held, claim: Mapping[str, Any]) -> frozenset[str]:
    """Return the kinds of evidence that a claim of an attestation binds."""
    refs = claim.get("evidenceRefs", ())
    entries = held.record.value.get("evidence", ())
    return frozenset(each["type"] for each in entries if each["id"] in refs)
