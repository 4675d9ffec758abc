"""One measured value of a verified record, in its metric's canonical unit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from openquality_validator.catalogue import MONEY, Catalogue, Metric
from openquality_validator.compare import categories
from openquality_validator.evidence import Relation, Verification, standing, verification
from openquality_validator.records import VerifiedRecord
from openquality_validator.statistics.claims import estimate

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measurement:
    """Hold what a comparison needs to know about one claim, derived once, at admission.

    `value`, `lower` and `upper` are in the metric's canonical unit, the bounds one-sided 95 %;
    `amount` and `unit` are the original ones. `key` names the comparability group. `digest` and
    `claim` say where the value stands.
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


def measurements(verified: VerifiedRecord, *, catalogue: Catalogue) -> tuple[Measurement, ...]:
    """List every value of a verified record that can be compared, in the order of its claims."""
    return tuple(_measurements(verified, catalogue))


def _measurements(verified: VerifiedRecord, catalogue: Catalogue) -> Iterator[Measurement]:
    credential = verified.credential
    subject = credential["credentialSubject"]
    codes = subject.get("category", [])
    producer = subject.get("producer", {})
    nodes = tuple((c["scheme"], node) for c in codes for node in categories.nodes(c))
    for claim in subject["claims"]:
        metric = catalogue.metrics.get(claim.get("metric", ""))
        if metric is None:
            continue
        bounds = estimate(metric, claim, catalogue)
        stands = standing(credential, claim, catalogue)
        value = claim.get("value", {})
        characteristic = claim.get("characteristic", {})
        qualifiers = _qualifiers(claim, catalogue)
        yield Measurement(
            digest=verified.digest,
            claim=claim["id"],
            issuer=verified.issuer,
            subject=subject["id"],
            subject_type=subject["type"],
            granularity=subject.get("granularity"),
            producer=producer.get("party", {}).get("id"),
            country=producer.get("location", {}).get("country"),
            size_class=producer.get("sizeClass"),
            family=categories.family(codes[0]) if codes else None,
            categories=nodes,
            metric=metric.id,
            key=_key(metric, subject, claim, qualifiers),
            value=bounds.value,
            lower=bounds.lower,
            upper=bounds.upper,
            amount=value.get("amount"),
            unit=value.get("unit"),
            n=_sample(claim),
            start=claim.get("period", {}).get("start"),
            end=claim.get("period", {}).get("end"),
            qualifiers=qualifiers,
            population=_population(claim),
            characteristic=characteristic.get("id"),
            characteristic_class=characteristic.get("class"),
            verification=verification(credential, claim),
            relation=stands.relation,
            assessed_under=stands.assessed_under,
            identity=verified.identity_level,
        )


def _qualifiers(claim: Json, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((q["qualifier"], spell(q, catalogue)) for q in claim.get("qualifiers", ())))


def spell(qualifier: Json, catalogue: Catalogue) -> str:
    """Write a qualifier's value in one spelling, so that `24 h` and `1 d` are equal."""
    if "code" in qualifier:
        return str(qualifier["code"])
    if "text" in qualifier:
        return str(qualifier["text"])
    unit = catalogue.unit(qualifier["unit"])
    return f"{Fraction(qualifier['amount']) * unit.factor} {unit.quantity_kind}"


def _key(
    metric: Metric, subject: Json, claim: Json, qualifiers: tuple[tuple[str, str], ...]
) -> str:
    """Name the group whose values may be compared: every part must be equal."""
    required = {q.name for q in metric.qualifiers if q.role == "match" and q.required}
    parts = [
        f"{metric.id}@{metric.version.split('.')[0]}",
        subject["type"],
        subject.get("granularity", ""),
        *(f"{name}={value}" for name, value in qualifiers if name in required),
    ]
    if metric.quantity_kind == MONEY:
        parts.append(f"currency={claim['value']['unit']}")
    if "declaredUnit" in claim:
        parts.append(f"per={claim['declaredUnit']['unit']}")
    return "|".join(parts)


def _population(claim: Json) -> str | None:
    stated = claim.get("population")
    if not stated:
        return None
    return "|".join(f"{name}={stated[name]}" for name in sorted(stated))


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
