"""What a code, a metric or a unit means, as text for people.

The sentences of the codes are in `codes.json`, which `make docs` writes from the source.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from textwrap import fill
from typing import Any

import orjson

from openquality_validator.catalogue import Catalogue, Metric, Qualifier, Unit
from openquality_validator.errors import UnknownTerm
from openquality_validator.message import message

FAMILIES = {
    "A": "arithmetic: values that follow from their data",
    "B": "the shape of bundles and trust files",
    "C": "the catalogue: metrics, units and qualifiers",
    "D": "documents: whether the bytes are strict JSON",
    "E": "evidence, when claims are computed again",
    "F": "formats of others, from and to which documents are converted",
    "G": "graphs: a record as RDF",
    "H": "human review: decisions, and the log that keeps them",
    "I": "identifiers, and who speaks about whom",
    "J": "the signed statement and its header",
    "K": "keys and the identity of the issuer",
    "L": "logs: entries, notes, checkpoints, tiles and proofs",
    "M": "measuring from rows",
    "N": "time-stamp tokens",
    "O": "observations: what the log shows around a record",
    "P": "plausibility",
    "Q": "queries",
    "R": "references and provenance",
    "S": "structure: the JSON Schema",
    "T": "time",
    "U": "status statements and answers",
    "V": "the steps of a verdict",
    "W": "workbooks and tables: what was read from cells, and what could not be",
    "X": "text: what is hidden in it, and what it urges",
    "Y": "onboarding: what is missing before a supplier is taken in",
    "Z": "schemas and profiles: whether one may be published, and what a change breaks",
}
_CODE = re.compile(r"[A-Z]\d{3}")


@cache
def codes() -> dict[str, dict[str, str]]:
    """Return every code with its `severity` ('' where none applies), `sentence` and `hint`."""
    data = files("openquality_validator").joinpath("codes.json").read_bytes()
    read: dict[str, dict[str, str]] = orjson.loads(data)
    return read


def explain(term: str, *, catalogue: Catalogue) -> str:
    """Return a few lines about a finding code, a metric or a unit.

    Raises UnknownTerm with the nearest terms for anything else.
    """
    if _CODE.fullmatch(term):
        return "\n".join(_code(term))
    if term in catalogue.units:
        return "\n".join(_unit(catalogue.units[term]))
    if term not in catalogue.metrics:
        near = (*catalogue.metrics_like(term), *catalogue.units_like(term))
        raise UnknownTerm(message("code, metric or unit"), term, near[:3])
    return "\n".join(_metric(catalogue.metrics[term]))


def overview(catalogue: Catalogue) -> str:
    """Return all metrics with their names, and all units, as lines."""
    width = max(map(len, catalogue.metrics))
    lines = [f"  {name:<{width}}  {each.label}" for name, each in sorted(catalogue.metrics.items())]
    units = fill(
        ", ".join(sorted(catalogue.units)), 88, initial_indent="  ", subsequent_indent="  "
    )
    return "\n".join(("Metrics:", *lines, "Units:", units))


def _code(code: str) -> Iterator[str]:
    said = codes().get(code)
    if said is None:
        near = sorted(
            codes(), key=lambda each: (each[0] != code[0], abs(int(each[1:]) - int(code[1:])))
        )
        raise UnknownTerm(message("finding code"), code, tuple(near[:3]))
    severity = f"{said['severity']}, " if said["severity"] else ""
    yield f"{code} ({severity}{FAMILIES[code[0]]})"
    yield said["sentence"]
    if said["hint"]:
        yield said["hint"]


def _metric(metric: Metric) -> Iterator[str]:
    yield f"{metric.id}: {metric.label}"
    yield metric.definition
    low, high = ("" if end is None else f"{end:f}" for end in metric.value_range)
    units = metric.allowed_units
    facts: dict[str, Any] = {
        "carried by": metric.carrier,
        "form": metric.form,
        "formula": metric.formula,
        "unit": f"{metric.canonical_unit} (allowed: {', '.join(units[:12])})",
        "range": f"{low or 'no least'} to {high or 'no greatest'}",
        "direction": metric.direction,
        "ranked by": metric.bound,
        "least sample": metric.min_sample or "none",
        "old after": f"{metric.max_age_days} days",
        "needs": ", ".join(metric.requires),
        "source": "; ".join(metric.source),
    }
    yield from (f"  {name:<13} {fact}" for name, fact in facts.items())
    if metric.qualifiers:
        yield "Qualifiers:"
    yield from map(_qualifier, metric.qualifiers)


def _qualifier(qualifier: Qualifier) -> str:
    need = "required" if qualifier.required else "optional"
    kind = "In" if qualifier.kind == "quantity" else "One of"
    listed = f" {kind}: {', '.join(qualifier.codes)}." if qualifier.codes else ""
    return f"  {qualifier.name} ({qualifier.role}, {need}): {qualifier.definition}{listed}"


def _unit(unit: Unit) -> Iterator[str]:
    yield f"{unit.code}: {unit.label}"
    yield f"  measures      {unit.quantity_kind}"
    yield f"  in base unit  {unit.factor}"
    yield f"  UN/ECE        {unit.rec20 or 'none'}"
    yield f"  QUDT          {unit.qudt or 'none'}"
