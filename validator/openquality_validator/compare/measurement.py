"""One measured value of a verified record, in its metric's canonical unit."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.compare import categories
from openquality_validator.evidence import Relation, Verification, standing, verification
from openquality_validator.records import VerifiedRecord
from openquality_validator.statistics.claims import estimate
from openquality_validator.statistics.estimates import Estimate

Json = Mapping[str, Any]
_BASES = ("declaredUnit", "quantityBasis")  # quantities that a footprint or a cost is stated for
_WHERE_IT_IS = "url"  # of rules: two who follow the same may name different copies
OTHER = "other"  # the code of what is not in a list: two of them are not the same thing
TARGET = "target"  # the qualifier that says what a value should be, where nearer is better


@dataclass(frozen=True, slots=True)
class Measurement:
    """Hold what a comparison needs to know about one claim, derived once, at admission.

    `value`, `lower` and `upper` are in the metric's canonical unit, the bounds one-sided 95 %;
    `amount` and `unit` are the original ones. `key` names the comparability group. `digest` and
    `claim` say where the value stands. `days` is the length of the period, both ends included;
    `valid_until` the day (UTC) on which the record ends.
    """

    digest: str
    claim: str
    issuer: str
    subject: str
    subject_type: str
    granularity: str | None
    producer: str | None
    country: str | None
    size_class: str | None
    family: str | None
    categories: tuple[tuple[str, str], ...]
    metric: str
    key: str
    value: float | None
    lower: float | None
    upper: float | None
    amount: str | None
    unit: str | None
    n: int | None
    start: str | None
    end: str | None
    qualifiers: tuple[tuple[str, str], ...]
    population: str | None
    characteristic: str | None
    characteristic_class: str | None
    verification: Verification
    relation: Relation
    assessed_under: str | None
    identity: str
    region: str | None = None
    days: int | None = None
    valid_until: str | None = None


def measurements(verified: VerifiedRecord, *, catalogue: Catalogue) -> tuple[Measurement, ...]:
    """List every value of a verified record that can be compared, in the order of its claims.

    Those under the metric sets that it was judged by come last, by qualified names.
    """
    claims: Sequence[Json] = verified.value["credentialSubject"]["claims"]
    if sets := verified.valid.sets:
        from openquality_validator import metric_sets

        claims = [*claims, *(claim for _, claim in metric_sets.claims(verified.value, sets))]
        catalogue = metric_sets.widened(catalogue, sets)
    return tuple(_measurements(verified, claims, catalogue))


def _measurements(
    verified: VerifiedRecord, claims: Sequence[Json], catalogue: Catalogue
) -> Iterator[Measurement]:
    credential = verified.value
    subject = credential["credentialSubject"]
    codes = subject.get("category", [])
    producer = subject.get("producer", {})
    place = producer.get("location", {})
    until = _last_day(credential)
    nodes = tuple((c["scheme"], node) for c in codes for node in categories.nodes(c))
    family = _family(subject)
    for claim in claims:
        metric = catalogue.metrics.get(claim.get("metric", ""))
        if metric is None:
            continue
        bounds = _per_unit(estimate(metric, claim, catalogue), claim, catalogue)
        stands = standing(credential, claim, catalogue)
        value = claim.get("value", {})
        characteristic = claim.get("characteristic", {})
        period = claim.get("period", {})
        qualifiers = _qualifiers(claim, catalogue)
        yield Measurement(
            digest=verified.digest,
            claim=claim["id"],
            issuer=verified.issuer,
            subject=subject["id"],
            subject_type=subject["type"],
            granularity=subject.get("granularity"),
            producer=producer.get("party", {}).get("id"),
            country=place.get("country"),
            size_class=producer.get("sizeClass"),
            family=family,
            categories=nodes,
            metric=metric.id,
            key=_key(metric, subject, claim, _told_apart(qualifiers, verified), catalogue),
            value=bounds.value,
            lower=bounds.lower,
            upper=bounds.upper,
            amount=value.get("amount"),
            unit=value.get("unit"),
            n=_sample(claim),
            start=period.get("start"),
            end=period.get("end"),
            qualifiers=qualifiers,
            population=_population(claim),
            characteristic=characteristic.get("id"),
            characteristic_class=characteristic.get("class"),
            verification=verification(credential, claim),
            relation=stands.relation,
            assessed_under=stands.assessed_under,
            identity=verified.identity_level,
            region=place.get("region"),
            days=_days(period),
            valid_until=until,
        )


def _last_day(credential: Json) -> str | None:
    until = credential.get("validUntil")
    if until is None:
        return None
    return dt.datetime.fromisoformat(until).astimezone(dt.UTC).date().isoformat()


def _days(period: Json) -> int | None:
    if not period:
        return None
    start, end = (dt.date.fromisoformat(period[name]) for name in ("start", "end"))
    return (end - start).days + 1


def _family(subject: Json) -> str | None:
    """Name what products must share to compare; other subjects compare across categories."""
    if subject["type"] != "Product":
        return None
    codes = subject.get("category", ())
    return categories.family(codes[0]) if codes else "unknown"


def _qualifiers(claim: Json, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((q["qualifier"], spell(q, catalogue)) for q in claim.get("qualifiers", ())))


def _told_apart(
    qualifiers: tuple[tuple[str, str], ...], verified: VerifiedRecord
) -> tuple[tuple[str, str], ...]:
    """Keep the `other` of one issuer about one subject apart from that of everybody else."""
    whose = f"{OTHER} of {verified.issuer} about {verified.value['credentialSubject']['id']}"
    return tuple((name, whose if value == OTHER else value) for name, value in qualifiers)


def spell(qualifier: Json, catalogue: Catalogue) -> str:
    """Write a qualifier's value in one spelling, so that `24 h` and `1 d` are equal."""
    if "code" in qualifier:
        return str(qualifier["code"])
    if "text" in qualifier:
        return str(qualifier["text"])
    unit = catalogue.unit(qualifier["unit"])
    return f"{Fraction(qualifier['amount']) * unit.factor} {unit.quantity_kind}"


def _key(
    metric: Metric,
    subject: Json,
    claim: Json,
    qualifiers: tuple[tuple[str, str], ...],
    catalogue: Catalogue,
) -> str:
    """Name the group whose values may be compared: every part must be equal."""
    required = {q.name for q in metric.qualifiers if q.role == "match" and q.required}
    parts = [
        f"{metric.id}@{metric.version.split('.')[0]}",
        subject["type"],
        subject.get("granularity", ""),
        *(f"{name}={value}" for name, value in qualifiers if name in required),
    ]
    parts.extend(f"{path}={_member(claim, path, catalogue)}" for path in metric.compared_members)
    return "|".join(parts)


def _basis(claim: Json) -> Json | None:
    """Return the quantity that a footprint or a cost is stated for."""
    return next((claim[name] for name in _BASES if name in claim), None)


def _per_unit(bounds: Estimate, claim: Json, catalogue: Catalogue) -> Estimate:
    """Scale a value stated for some quantity to one base unit of that quantity."""
    basis = _basis(claim)
    if basis is None:
        return bounds
    amount = float(Fraction(basis["amount"]) * catalogue.unit(basis["unit"]).factor)
    if not amount:
        return Estimate(None)

    def scaled(number: float | None) -> float | None:
        return None if number is None else number / amount

    return Estimate(scaled(bounds.value), scaled(bounds.lower), scaled(bounds.upper))


def _member(claim: Json, path: str, catalogue: Catalogue) -> str:
    """Write a claim's member for the key; one that is not stated only equals the same silence."""
    value: object = claim
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if path in _BASES and isinstance(value, Mapping):
        return catalogue.unit(value["unit"]).quantity_kind  # the amount is divided out
    if not isinstance(value, Mapping):
        return "" if value is None else str(value)
    if value.get("unit") in catalogue.units:
        return spell(value, catalogue)
    return " ".join(_written(value[name]) for name in sorted(value) if name != _WHERE_IT_IS)


def _written(value: object) -> str:
    """Write a member, a set in one order: none of our lists here has an order of its own."""
    return str(sorted(value)) if isinstance(value, list) else str(value)


def _population(claim: Json) -> str | None:
    stated = claim.get("population")
    if not stated:
        return None
    return "|".join(f"{name}={_written(stated[name])}" for name in sorted(stated))


def _sample(claim: Json) -> int | None:
    counts = claim.get("counts", {})
    for found in (
        counts.get("denominator"),
        sum(counts.values()) if "promoters" in counts else None,
        claim.get("capability", {}).get("n"),
        claim.get("sampling", {}).get("n"),
    ):
        if found is not None:
            return int(found)
    return None
