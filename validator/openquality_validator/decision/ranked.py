"""Rank verified records in memory, by the code that a registry's answers go by.

Of the values that one issuer states for one subject in one group one stands (comparison.md, "One
value for a series"); then scope, eligibility, group, join and order as in `POST /v1/query`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openquality_validator import catalogue as catalogues
from openquality_validator.bundle import Verdict
from openquality_validator.compare import fairness, money
from openquality_validator.compare.answer import Fair, Row, row_json
from openquality_validator.compare.conditions import (
    CURRENCY_DIFFERS,
    Certified,
    Test,
    eligibility,
    failing,
    scope,
    unpriced,
)
from openquality_validator.compare.fairness import Candidate
from openquality_validator.compare.measurement import Measurement, measurements
from openquality_validator.compare.ranking import Indexed, merits, scores, sort_key
from openquality_validator.evidence import scheme_of
from openquality_validator.query import Query, Where
from openquality_validator.records import VerifiedRecord
from openquality_validator.vocabulary import shown_key

CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Ranked:
    """Hold the rows, written as an answer writes them, and why values were left out.

    `unproved` are the schemes of certificates that were asked for and that no kept record holds:
    they count as held, by the registry's word.
    """

    rows: tuple[Mapping[str, Any], ...]
    reasons: tuple[str, ...]
    unproved: tuple[str, ...]


def rank(
    question: Query, verdicts: Sequence[Verdict], *, groups: Sequence[tuple[str, str | None]]
) -> Ranked:
    """Answer a query from records that verified; each verdict has its record and log index.

    `groups` names for each metric the comparability group (key and family) that the answer is
    about: which one is the largest follows from all records of a registry.
    """
    records = [(v.index or 0, v.record) for v in verdicts if v.record is not None]
    unproved: set[str] = set()
    held = _Held(
        values=tuple(
            Indexed(index, measurement)
            for index, record in records
            for measurement in measurements(
                record, catalogue=catalogues.load(record.value["catalogueVersion"])
            )
        ),
        keys={v.index or 0: frozenset(v.entry.subjects) for v in verdicts if v.entry is not None},
        certified=_certified([record for _, record in records], unproved),
    )
    tables: list[dict[tuple[str, str], Indexed]] = []
    reasons: list[str] = []
    for where, group in zip(question.where, groups, strict=True):
        eligible, why = _eligible(question, where, held, group)
        reasons.extend(why)
        tables.append(eligible)
    shared = [name for name in tables[0] if all(name in table for table in tables[1:])]
    rows = [Row(tuple(table[name] for table in tables)) for name in shared]
    if question.rank and rows:
        terms = scores([row.values for row in rows], question.where, dict(question.rank))
        rows = [replace(row, terms=each) for row, each in zip(rows, terms, strict=True)]
    rows.sort(key=lambda row: _key(question, row))
    rows = _arranged(question, rows)
    shown = tuple(row_json(row, question, rows[0]) for row in rows)
    return Ranked(shown, tuple(reasons), tuple(sorted(unproved)))


@dataclass(frozen=True, slots=True)
class _Held:
    """Hold what the records say: values, the look-up keys of each log index, certificates."""

    values: tuple[Indexed, ...]
    keys: Mapping[int, frozenset[str]]
    certified: Callable[[Measurement, Certified], bool]


def _eligible(
    question: Query, where: Where, held: _Held, group: tuple[str, str | None]
) -> tuple[dict[tuple[str, str], Indexed], list[str]]:
    """Return the eligible values of the group by issuer and subject, and why others are not."""
    tests = scope(question, where)
    conditions = unpriced(question, where) if where.rates else eligibility(question, where)
    meant = [value for value in held.values if _in_scope(value, tests, held.keys)]
    current = _standing(meant, where.metric.direction)
    found: list[Indexed] = []
    reasons: list[str] = []
    for value in meant:
        why = failing(
            value.measurement,
            conditions,
            current=value in current,
            certified=held.certified,
        )
        if why is None and where.rates:
            value, why = _priced(value, where)  # noqa: PLW2901 - the same value, in other money
        if why is None:
            found.append(value)
        elif why != "notCurrent":
            reasons.append(why)
    key, family = group
    return {
        (v.measurement.issuer, v.measurement.subject): v
        for v in sorted(found, key=lambda v: sort_key(v, where), reverse=True)
        if key in {v.measurement.key, shown_key(v.measurement.key)}
        and family in {None, v.measurement.family}
    }, reasons


def _priced(value: Indexed, where: Where) -> tuple[Indexed, str | None]:
    priced = money.price(value, where)
    if priced is None:
        return value, CURRENCY_DIFFERS
    return priced.indexed, money.left_out(priced, where)


def _arranged(question: Query, rows: list[Row]) -> list[Row]:
    """Let the order give way as the fairness section asks."""
    asked = question.fairness
    if asked is None or not rows:
        return rows
    firsts = [row.values[0] for row in rows]
    worth = [row.score for row in rows] if question.rank else merits(firsts, question.where[0])
    candidates = [
        Candidate(
            value.measurement.producer or value.measurement.issuer,
            merit,
            fairness.is_reserved(value.measurement, asked.reserve),
        )
        for value, merit in zip(firsts, worth, strict=True)
    ]
    return [
        replace(
            rows[placed.number],
            fair=Fair(
                placed.number + 1,
                candidates[placed.number].reserved,
                candidates[placed.number].merit,
                placed.before,
                placed.weighed,
            ),
        )
        for placed in fairness.arrange(candidates, asked)
    ]


def _in_scope(value: Indexed, tests: Sequence[Test], keys: Mapping[int, frozenset[str]]) -> bool:
    return all(
        bool(keys.get(value.index, frozenset()) & set(test.value))
        if test.op == "known"
        else _meets(getattr(value.measurement, test.field), test)
        for test in tests
    )


def _meets(actual: Any, test: Test) -> bool:  # noqa: ANN401 - of the field's type
    match test.op:
        case "eq":
            return bool(actual == test.value)
        case "in":
            return actual in test.value
        case _:  # "has"; `scope` makes no other
            return test.value in actual


def _standing(values: Sequence[Indexed], direction: str) -> list[Indexed]:
    """Choose the values that stand: newest of each characteristic, then the worst critical one."""

    def recent(value: Indexed) -> tuple[str, int, float]:
        m = value.measurement
        return m.end or "", value.index, -_goodness(m, direction)

    def badness(value: Indexed) -> tuple[int, float, int]:
        m = value.measurement
        return int(m.characteristic_class != CRITICAL), _goodness(m, direction), value.index

    series: dict[tuple[str, str, str], dict[str, Indexed]] = {}
    for value in values:
        m = value.measurement
        newest = series.setdefault((m.issuer, m.subject, m.key), {})
        name = m.characteristic or ""
        if name not in newest or recent(value) > recent(newest[name]):
            newest[name] = value
    return [min(each.values(), key=badness) for each in series.values()]


def _goodness(m: Measurement, direction: str) -> float:
    """Turn the bound so that greater is better; a value without one is the worst."""
    bound = m.lower if direction == "higherBetter" else m.upper
    if bound is None or direction == "target":
        return -math.inf
    return bound if direction == "higherBetter" else -bound


def _certified(
    records: Sequence[VerifiedRecord], unproved: set[str]
) -> Callable[[Measurement, Certified], bool]:
    """Make the test whether a subject holds a certificate that is asked for.

    The kept rows are those of an answer, so the registry found one; what no kept record holds is
    noted in `unproved`.
    """

    def holds(m: Measurement, asked: Certified) -> bool:
        found = any(
            _holds(record, claim, m, asked)
            for record in records
            for claim in record.value["credentialSubject"]["claims"]
            if claim["type"] == "CertificateClaim"
        )
        if not found:
            unproved.add(asked.wanted.scheme)
        return True

    return holds


def _holds(
    record: VerifiedRecord, claim: Mapping[str, Any], m: Measurement, asked: Certified
) -> bool:
    subject = record.value["credentialSubject"]
    holders = {subject["id"], subject.get("producer", {}).get("party", {}).get("id")} - {None}
    wanted, on = asked.wanted, asked.on.isoformat()
    return (
        bool(holders & {m.subject, m.producer})
        and scheme_of(claim) == wanted.scheme
        and claim["status"] == "active"
        and claim["validity"]["start"] <= on
        and (claim["validity"].get("end") or on) >= on
        and wanted.edition in {None, claim["scheme"]["edition"]}
        and (not wanted.accredited or (record.issuer, wanted.scheme) in asked.pairs)
    )


def _key(question: Query, row: Row) -> tuple[Any, ...]:
    first = row.values[0]
    if not question.rank:
        return sort_key(first, question.where[0])
    return 0, -row.score, first.index, first.measurement.claim
