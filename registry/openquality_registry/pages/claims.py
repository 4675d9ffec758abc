"""A record's claims as a page shows them: who says it, how it was checked, and what it is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import openquality_schemas
from openquality_registry.pages import words
from openquality_registry.pages.members import Member, members
from openquality_validator import evidence, metric_sets
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.evidence import Accreditor, Independence, Relation, Verification
from openquality_validator.metric_sets import MetricSet

Json = Mapping[str, Any]
_SHOWN_APART = frozenset(
    {
        *("id", "type", "metric", "value", "period", "qualifiers", "limitations", "evidenceRefs"),
        "extensions",
    }
)


@dataclass(frozen=True, slots=True)
class Stand:
    """Say who stands behind a claim and how far it was checked: derived, never asserted.

    `sign` tells the same as `independence` without colour.
    """

    independence: Independence
    verification: Verification
    relation: Relation
    scheme: str | None
    sign: str


@dataclass(frozen=True, slots=True)
class QualifierShown:
    """Hold a qualifier of a value; `free` marks the issuer's own words."""

    name: str
    text: str
    unit: str | None
    free: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Hold what a measured value says, in the metric's canonical unit; None is not stated.

    Where it is stated for a quantity, such as a footprint per piece, `basis` is that quantity, and
    the amounts are for as much of it; an index compares them for one base unit (`scale` of it).
    """

    metric: Metric
    value: str | None
    unit: str | None
    lower: str | None
    upper: str | None
    original: Json | None
    basis: Json | None
    scale: float
    n: int | None
    start: str | None
    end: str | None
    age_days: int | None
    too_old: bool
    small: bool
    qualifiers: tuple[QualifierShown, ...]
    characteristic: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold one claim of a record; `anchor` is its name within the page."""

    anchor: str
    id: str
    type: str
    title: str
    stand: Stand
    figures: Figures | None
    period: Json | None
    limitations: str | None
    evidence: tuple[Json, ...]
    members: tuple[Member, ...]


def claims(
    credential: Json,
    values: Mapping[str, Json],
    *,
    catalogue: Catalogue,
    accreditors: Sequence[Accreditor],
    sets: Sequence[MetricSet] = (),
) -> tuple[Claim, ...]:
    """Show every claim in the record's order; `values` are its indexed values by claim id.

    Measurements of metric sets follow, whose metrics are in the catalogue by qualified names.
    """
    own: Sequence[Json] = credential["credentialSubject"]["claims"]
    every = (*own, *(claim for _, claim in metric_sets.claims(credential, sets)))
    named = {entry["id"]: entry for entry in credential.get("evidence", ())}
    version = _version(credential)
    return tuple(
        Claim(
            anchor=f"claim-{place}",
            id=claim["id"],
            type=claim["type"],
            title=_title(claim, catalogue),
            stand=_stand(credential, claim, values.get(claim["id"]), catalogue, accreditors),
            figures=_figures(claim, values.get(claim["id"]), catalogue),
            period=claim.get("period"),
            limitations=claim.get("limitations"),
            evidence=tuple(named[ref] for ref in claim.get("evidenceRefs", ()) if ref in named),
            members=members(claim, claim["type"], version=version, skip=_SHOWN_APART),
        )
        for place, claim in enumerate(every, 1)
    )


def _version(credential: Json) -> str:
    pinned = credential["credentialSchema"]["digestSRI"]
    return openquality_schemas.known_schemas().get(pinned, openquality_schemas.newest()[1])


def _title(claim: Json, catalogue: Catalogue) -> str:
    metric = catalogue.metrics.get(claim.get("metric", claim.get("indicator", "")))
    if claim["type"] == "CertificateClaim":
        scheme = claim["scheme"]
        return f"{scheme['code']}:{scheme['edition']}"
    if metric is not None:
        return metric.label
    return ""


def _stand(
    credential: Json,
    claim: Json,
    value: Json | None,
    catalogue: Catalogue,
    accreditors: Sequence[Accreditor],
) -> Stand:
    standing = evidence.standing(credential, claim, catalogue)
    issuer = credential["issuer"]["id"]
    independence = standing.independence_for(issuer, accreditors)
    return Stand(
        independence=independence,
        verification=evidence.verification(credential, claim)
        if value is None
        else Verification(value["verification"]),
        relation=standing.relation_for(issuer, accreditors),
        scheme=standing.assessed_under,
        sign=words.SIGNS[independence.value],
    )


def _figures(claim: Json, value: Json | None, catalogue: Catalogue) -> Figures | None:
    metric = catalogue.metrics.get(claim.get("metric", ""))
    if metric is None or value is None:
        return None
    period = value["period"]
    age = value["ageDays"]
    basis = claim.get("declaredUnit") or claim.get("quantityBasis")
    scale = 1.0 if basis is None else _base_units(basis, catalogue)
    return Figures(
        metric=metric,
        value=_scaled(value["value"], scale),
        unit=value["unit"],
        lower=_scaled(value["lower"], scale),
        upper=_scaled(value["upper"], scale),
        basis=basis,
        scale=scale,
        original=value["original"],
        n=value["n"],
        start=period["start"],
        end=period["end"],
        age_days=age,
        too_old=age is not None and age > metric.max_age_days,
        small=None not in (value["n"], metric.min_sample) and value["n"] < (metric.min_sample or 0),
        qualifiers=tuple(map(_qualifier, claim.get("qualifiers", ()))),
        characteristic=claim.get("characteristic", {}).get("id"),
    )


def _base_units(basis: Json, catalogue: Catalogue) -> float:
    return float(Fraction(basis["amount"]) * catalogue.unit(basis["unit"]).factor)


def _scaled(amount: str | None, scale: float) -> str | None:
    return amount if amount is None or scale == 1.0 else repr(float(amount) * scale)


def _qualifier(stated: Json) -> QualifierShown:
    if "amount" in stated:
        return QualifierShown(stated["qualifier"], stated["amount"], stated.get("unit"), free=False)
    if "code" in stated:
        return QualifierShown(stated["qualifier"], stated["code"], None, free=False)
    return QualifierShown(stated["qualifier"], stated.get("text", ""), None, free=True)


def today(moment: dt.datetime) -> dt.date:
    """Return the day at which ages are judged."""
    return moment.astimezone(dt.UTC).date()
