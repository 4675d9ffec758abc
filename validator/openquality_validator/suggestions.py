"""The word of the catalogue that a wrong one is most like: for people, who decide."""

from typing import Any

import openquality_schemas
from openquality_validator import catalogue
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.findings import Finding, at
from openquality_validator.nearest import nearest


def nearest_word(record: Any, finding: Finding) -> str:  # noqa: ANN401 - any JSON value
    """Return the nearest metric, unit, qualifier, code or currency, or an empty text."""
    known = catalogue_of(record)
    if known is None or finding.code not in {"C001", "C003", "C009", "C011", "C013"}:
        return ""
    value = at(record, finding.pointer)
    if not isinstance(value, str):
        return ""
    near: tuple[str, ...] = ()
    match finding.code:
        case "C001":
            near = known.metrics_like(value)
        case "C003":
            near = known.units_like(value)
        case "C013":
            near = nearest(value, sorted(known.currencies), most=1)
        case _:
            near = _qualified(record, finding, value)
    return near[0] if near else ""


def _qualified(record: Any, finding: Finding, value: str) -> tuple[str, ...]:  # noqa: ANN401 - same
    metric = metric_of(record, finding.pointer)
    if metric is None:
        return ()
    if finding.code == "C009":
        return nearest(value, metric.named, most=1)
    stated = at(record, finding.pointer.rpartition("/")[0]).get("qualifier")
    qualifier = metric.named.get(stated) if isinstance(stated, str) else None
    return nearest(value, qualifier.codes, most=1) if qualifier else ()


def catalogue_of(record: Any) -> Catalogue | None:  # noqa: ANN401 - same
    """Return the shipped catalogue that a record names, or None."""
    version = record.get("catalogueVersion") if isinstance(record, dict) else None
    if isinstance(version, str) and version in openquality_schemas.CATALOGUES:
        return catalogue.load(version)
    return None


def metric_of(record: Any, pointer: str) -> Metric | None:  # noqa: ANN401 - same
    """Return the metric of the claim that a pointer leads into, or None."""
    known = catalogue_of(record)
    claim = at(record, "/".join(pointer.split("/")[:4]))
    name = (claim.get("metric") or claim.get("indicator")) if isinstance(claim, dict) else None
    return known.metrics.get(name) if known and isinstance(name, str) else None
