"""Answers of a registry, believed as far as their proofs go.

A query with `bundles: true` brings the bundle of each statement that it shows. `verified` checks
every bundle against the trust file, offline, and every row against the record that it proves: what
a row says of values, limits, periods, qualifiers and parties must follow from the signed record.

What no bundle proves stays the registry's word: the order of rows and what was left out (compare
with `log monitor`), the identity level, and open safety notices of others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from openquality.verifying import verify
from openquality_validator import catalogue as catalogues
from openquality_validator import documents, vocabulary
from openquality_validator.bundle import Outcome, Verdict
from openquality_validator.catalogue import MONEY, Catalogue, Metric
from openquality_validator.compare.answer import exact
from openquality_validator.compare.measurement import Measurement, measurements
from openquality_validator.evidence import Accreditor, Standing
from openquality_validator.metric_sets import widened
from openquality_validator.text import labels
from openquality_validator.trust import Trust

Json = Mapping[str, Any]
RECOMPUTED = "recomputed"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Say why a row of an answer is not believed; `number` counts from 1."""

    number: int
    statement: str
    reason: str


@dataclass(frozen=True, slots=True)
class VerifiedAnswer:
    """Hold an answer of which every row was verified.

    `document` is the answer with those rows alone; `verification` in it is what the record itself
    proves, without the registry's word `recomputed`. `verdicts` has the verdict of each statement
    by digest, and `refused` the rows that are gone.
    """

    document: dict[str, Any]
    verdicts: Mapping[str, Verdict]
    refused: tuple[RefusedRow, ...]


def verified(answer: Json, *, trust: Trust, now: datetime | None = None) -> VerifiedAnswer:
    """Verify an answer against a trust file, and leave out what its proofs do not show.

    `now` is the time to judge at, by default this moment. Raises nothing for a bad answer: its
    rows are then refused.
    """
    bundles = answer.get("bundles") or {}
    verdicts = {
        digest: verify(documents.canonical(bundle), trust=trust, now=now)
        for digest, bundle in bundles.items()
    }
    kept: list[dict[str, Any]] = []
    refused: list[RefusedRow] = []
    for number, row in enumerate(answer["rows"], 1):
        wrong = next(_problems(row, answer, verdicts), None)
        if wrong is None:
            kept.append(_as_proved(row, verdicts))
        else:
            refused.append(RefusedRow(number, row["values"][0]["statement"], wrong))
    return VerifiedAnswer({**answer, "rows": kept}, verdicts, tuple(refused))


def _problems(row: Json, answer: Json, verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    accreditors = [
        Accreditor(each["did"], tuple(each["schemes"]))
        for each in answer["query"]["accreditors"]["list"]
    ]
    for value in row["values"]:
        verdict = verdicts.get(value["statement"])
        if verdict is None:
            yield f"the answer brings no bundle of {value['statement']}"
            continue
        if verdict.overall is not Outcome.PASS or verdict.record is None:
            failed = next((s for s in verdict.steps if s.outcome is not Outcome.PASS), None)
            why = f" ({failed.code}: {failed.message})" if failed else ""
            yield f"the bundle of {value['statement']} gives {verdict.overall.value}{why}"
            continue
        if (verdict.record.digest, verdict.index) != (value["statement"], value["index"]):
            yield f"the bundle is not of {value['statement']} at index {value['index']}"
            continue
        found = _measured(verdict, value["claim"])
        if found is None:
            yield f"{value['statement']} has no claim {value['claim']} of a metric"
            continue
        metric = _catalogue(verdict).metric(found.metric)
        yield from _differences(row, value, found, metric, accreditors)


def _catalogue(verdict: Verdict) -> Catalogue:
    """Return the catalogue that the record names, with the metric sets that it pins."""
    assert verdict.record is not None
    held = catalogues.load(verdict.record.value["catalogueVersion"])
    return widened(held, verdict.record.valid.sets)


def _unit(value: Json, m: Measurement, metric: Metric) -> str | None:
    """Return the unit in which the numbers of a value are, as its record and its rate prove it."""
    if value.get("rate"):
        return str(value["rate"]["to"])
    return m.unit if metric.quantity_kind == MONEY else metric.canonical_unit


def _measured(verdict: Verdict, claim: str) -> Measurement | None:
    assert verdict.record is not None
    listed = measurements(verdict.record, catalogue=_catalogue(verdict))
    return next((each for each in listed if each.claim == claim), None)


def _differences(
    row: Json, value: Json, m: Measurement, metric: Metric, accreditors: Sequence[Accreditor]
) -> Iterator[str]:
    stands = Standing(m.relation, m.assessed_under)
    rate = Decimal(value["rate"]["rate"]) if value.get("rate") else Decimal(1)
    numbers = {
        name: None if (number := exact(getattr(m, name))) is None else number * rate
        for name in ("value", "lower", "upper")
    }
    subject = row["subject"]
    said: dict[str, tuple[object, object]] = {
        "issuer": (row["issuer"], m.issuer),
        "subject": (subject["id"], m.subject),
        "subject type": (subject["type"], m.subject_type),
        "granularity": (subject["granularity"], m.granularity),
        "producer": (subject["producer"], m.producer),
        "country": (subject["country"], m.country),
        "size class": (subject["sizeClass"], m.size_class),
        "metric": (value["metric"], m.metric),
        "unit": (value["unit"], _unit(value, m, metric)),
        "original": (
            value["original"],
            None if m.amount is None else {"amount": m.amount, "unit": m.unit},
        ),
        "n": (value["n"], m.n),
        "period": (value["period"], {"start": m.start, "end": m.end}),
        "qualifiers": (
            value["qualifiers"],
            vocabulary.shown_qualifiers(m.qualifiers),
        ),
        "characteristic": (
            value["characteristic"],
            None if m.characteristic is None else labels.label(m.characteristic),
        ),
        "relation": (value["relation"], stands.relation_for(m.issuer, accreditors).value),
        "independence": (
            value["independence"],
            stands.independence_for(m.issuer, accreditors).value,
        ),
    }
    for name, (shown, proved) in said.items():
        if shown != proved:
            yield f"the answer says {name} {shown!r}, and the record {proved!r}"
    for name, number in numbers.items():
        # A converted amount is shown as the nearest float of the exact product.
        shown = None if value[name] is None else float(value[name])
        if shown != (None if number is None else float(number)):
            yield f"the answer says {name} {value[name]}, and the record gives {number}"
    if value["verification"] not in {m.verification.value, RECOMPUTED}:
        yield f"the answer says {value['verification']}, and the record {m.verification.value}"


def _as_proved(row: Json, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    """Write a row without the registry's own word on recomputation."""
    values = []
    for value in row["values"]:
        found = _measured(verdicts[value["statement"]], value["claim"])
        assert found is not None
        values.append({**value, "verification": found.verification.value})
    return {**row, "values": values}
