"""How a query was understood, defaults included: the member `query` of an answer."""

from typing import Any

from openquality_validator.compare.answer import rate_json
from openquality_validator.query import Query
from openquality_validator.wanted import (
    CertificateWanted,
    Fairness,
    LevelWanted,
    ProvenanceWanted,
    Where,
)


def echo(question: Query) -> dict[str, Any]:
    """Repeat a query with everything filled in."""
    return {
        "asOf": question.as_of.isoformat(),
        "atCheckpoint": None if question.size is None else {"size": question.size},
        "subject": {
            "type": question.subject_type,
            "granularity": question.granularity,
            "category": None
            if question.category is None
            else dict(zip(("scheme", "code"), question.category, strict=True)),
            "ids": list(question.ids),
            "identifiers": list(question.keys),
            "countries": list(question.countries),
            "regions": list(question.regions),
        },
        "accreditors": {
            "from": question.accreditors_from,
            "list": [{"did": a.did, "schemes": list(a.schemes)} for a in question.accreditors],
        },
        "relations": [relation.value for relation in question.relations],
        "floors": {
            "verification": question.verification.value,
            "independence": question.independence.value,
            "identity": question.identity.value,
        },
        "maxAgeDays": question.max_age_days,
        "minPeriodDays": question.min_period_days,
        "without": list(question.without),
        "where": [_where(where, question) for where in question.where],
        "certificates": [_certificate(wanted, question) for wanted in question.certificates],
        "provenance": [_provenance(wanted) for wanted in question.provenance],
        "serviceLevels": [_level(wanted) for wanted in question.levels],
        "rank": [{"metric": name, "weight": f"{weight:f}"} for name, weight in question.rank],
        "fairness": None if question.fairness is None else fairness(question.fairness),
        "facets": list(question.facets),
        "explain": question.explain,
        "bundles": question.bundles,
        "limit": question.limit,
    }


def _where(where: Where, question: Query) -> dict[str, Any]:
    return {
        "metric": where.metric.id,
        "direction": where.metric.direction,
        "unit": where.unit,
        "comparator": where.comparator,
        "threshold": None if where.threshold is None else f"{where.threshold:f}",
        "of": where.of,
        "target": None if where.target is None else f"{where.target:f}",
        "qualifiers": dict(where.qualifiers),
        "characteristics": where.characteristics.value,
        "rates": [rate_json(rate) for rate in where.rates],
        "minSample": where.metric.min_sample
        if question.min_sample is None
        else question.min_sample,
    }


def _certificate(wanted: CertificateWanted, question: Query) -> dict[str, Any]:
    return {
        "scheme": wanted.scheme,
        "edition": wanted.edition,
        "accredited": wanted.accredited,
        "scope": None
        if wanted.scope is None
        else dict(zip(("scheme", "code"), wanted.scope, strict=True)),
        "on": (wanted.on or question.as_of).isoformat(),
    }


def _provenance(wanted: ProvenanceWanted) -> dict[str, Any]:
    material = wanted.material
    return {
        "originCountries": list(wanted.origins),
        "custody": [model.value for model in wanted.custody],
        "material": None
        if material is None
        else {
            "casNumber": material.cas,
            "name": material.name,
            "minMassFraction": None if material.share is None else f"{material.share:f}",
            "originCountries": list(material.origins),
        },
    }


def _level(wanted: LevelWanted) -> dict[str, Any]:
    where = wanted.where
    return {
        "indicator": where.metric.id,
        "comparator": where.comparator,
        "threshold": None if where.threshold is None else f"{where.threshold:f}",
        "unit": where.unit,
        "of": wanted.of.value,
    }


def fairness(asked: Fairness) -> dict[str, Any]:
    """Write what a query asks of fairness."""
    reserve = asked.reserve
    return {
        "reserve": None
        if reserve is None
        else {
            "share": f"{reserve.share:f}",
            "sizeClasses": list(reserve.size_classes),
            "countries": list(reserve.countries),
        },
        "diversityWeight": f"{asked.diversity:f}",
    }
