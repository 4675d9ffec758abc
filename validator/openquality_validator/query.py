"""The buyer's question as a value: parsed, checked against the catalogue, defaults filled in."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openquality_validator import structure
from openquality_validator.catalogue import MONEY, Catalogue, Metric
from openquality_validator.compare.measurement import spell
from openquality_validator.errors import InvalidInput, UnknownTerm
from openquality_validator.evidence import (
    Accreditor,
    IdentityLevel,
    Independence,
    Relation,
    Verification,
)
from openquality_validator.findings import Finding, Report, Severity
from openquality_validator.records import InvalidRecord

# What a query can have wrong beyond its shape; docs/spec/query.md says the same.
CODES: Mapping[str, str] = {
    "Q001": "There is no such metric.",
    "Q002": "A metric stands twice.",
    "Q003": "The ranking names a metric that is not asked for.",
    "Q004": "All weights are zero.",
    "Q005": "The metric is not given in this unit.",
    "Q006": "The metric has no such qualifier.",
    "Q007": "A qualifier has no readable value.",
    "Q008": "A metric that is best at a target is asked for without one.",
    "Q009": "The cursor does not continue this query.",
    "Q010": "Too many values are eligible to be joined or ranked by weights.",
    "Q011": "A member of a look-up or a comparison is not what it should be.",
}
DEFAULT_LIMIT = 50
DEFAULT_RELATIONS = (Relation.PRODUCER, Relation.ASSESSOR)


class InvalidQuery(InvalidRecord):
    """The query has findings that refuse it; `report` holds them all."""


@dataclass(frozen=True, slots=True)
class Where:
    """Ask for one metric; `threshold` and `target` are in `unit`, the canonical one.

    For money `unit` is the currency asked for, or None for any.
    """

    metric: Metric
    unit: str | None = None
    comparator: str | None = None
    threshold: Decimal | None = None
    of: str = "bound"
    target: Decimal | None = None
    qualifiers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CertificateWanted:
    """Ask for a certificate that is valid on a date."""

    scheme: str
    edition: str | None
    accredited: bool


@dataclass(frozen=True, slots=True)
class Query:
    """Hold a whole question; every default is filled in, so that an answer can repeat it."""

    where: tuple[Where, ...]
    as_of: dt.date
    subject_type: str | None = None
    granularity: str | None = None
    category: tuple[str, str] | None = None
    ids: tuple[str, ...] = ()
    certificates: tuple[CertificateWanted, ...] = ()
    verification: Verification = Verification.DECLARED
    independence: Independence = Independence.SELF
    identity: IdentityLevel = IdentityLevel.L0
    accreditors: tuple[Accreditor, ...] = ()
    accreditors_from: str = "query"
    relations: tuple[Relation, ...] = DEFAULT_RELATIONS
    min_sample: int | None = None
    max_age_days: int | None = None
    rank: tuple[tuple[str, Decimal], ...] = ()
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


def parse(
    document: object,
    *,
    catalogue: Catalogue,
    today: dt.date,
    published: Sequence[Accreditor] = (),
) -> Query:
    """Read a query document, or raise InvalidQuery with a finding for each mistake.

    `today` is the default of `asOf`; `published` is the registry's list of accreditors, used when
    the query brings none.
    """
    report = structure.check_query(document)
    if not report.valid:
        raise InvalidQuery(report)
    assert isinstance(document, Mapping)
    report = Report.of(_check(document, catalogue))
    if not report.valid:
        raise InvalidQuery(report)
    return _read(document, catalogue, today, tuple(published))


def _read(
    document: Mapping[str, Any],
    catalogue: Catalogue,
    today: dt.date,
    published: tuple[Accreditor, ...],
) -> Query:
    subject = document.get("subject", {})
    floors = document.get("floors", {})
    category = subject.get("category")
    own = document.get("accreditors")
    return Query(
        where=tuple(_where(item, catalogue) for item in document["where"]),
        as_of=dt.date.fromisoformat(document["asOf"]) if "asOf" in document else today,
        subject_type=subject.get("type"),
        granularity=subject.get("granularity"),
        category=(category["scheme"], category["code"]) if category else None,
        ids=tuple(subject.get("ids", ())),
        certificates=tuple(
            CertificateWanted(c["scheme"], c.get("edition"), c.get("accredited", False))
            for c in document.get("certificates", ())
        ),
        verification=Verification(floors.get("verification", "declared")),
        independence=Independence(floors.get("independence", "self")),
        identity=IdentityLevel(floors.get("identity", "L0")),
        accreditors=published
        if own is None
        else tuple(Accreditor(a["did"], tuple(a["schemes"])) for a in own),
        accreditors_from="registry" if own is None else "query",
        relations=tuple(Relation(r) for r in document.get("relations", DEFAULT_RELATIONS)),
        min_sample=document.get("minSample"),
        max_age_days=document.get("maxAgeDays"),
        rank=tuple((r["metric"], Decimal(r["weight"])) for r in document.get("rank", ())),
        limit=document.get("limit", DEFAULT_LIMIT),
        cursor=document.get("cursor"),
    )


def _where(item: Mapping[str, Any], catalogue: Catalogue) -> Where:
    metric = catalogue.metric(item["metric"])
    money = metric.quantity_kind == MONEY
    stated = item.get("unit", None if money else metric.canonical_unit)
    unit = None if stated is None else catalogue.canonical_unit(metric, unit=stated)

    def canonical(name: str) -> Decimal | None:
        if name not in item or unit is None:
            return None
        return catalogue.convert(Decimal(item[name]), stated, unit)

    return Where(
        metric=metric,
        unit=unit,
        comparator=item.get("comparator"),
        threshold=canonical("value"),
        of=item.get("of", "bound"),
        target=canonical("target"),
        qualifiers=tuple(
            sorted((q["qualifier"], spell(q, catalogue)) for q in item.get("qualifiers", ()))
        ),
    )


def _check(document: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Finding]:
    for index, item in enumerate(document["where"]):
        yield from _check_where(f"/where/{index}", item, catalogue)
    named = [item["metric"] for item in document["where"]]
    for index, name in enumerate(named):
        if name in named[:index]:
            yield _error("Q002", f"/where/{index}/metric", f"{name} stands twice.", "Ask once.")
    for index, item in enumerate(document.get("rank", ())):
        if item["metric"] not in named:
            yield _error(
                "Q003",
                f"/rank/{index}/metric",
                f"{item['metric']} is not among the metrics asked for.",
                "Add it to `where`; without a threshold it excludes nothing.",
            )
    weights = [Decimal(item["weight"]) for item in document.get("rank", ())]
    if weights and not sum(weights):
        yield _error("Q004", "/rank", "All weights are zero.", "Give one metric a weight.")


def _check_where(pointer: str, item: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Finding]:
    try:
        metric = catalogue.metric(item["metric"])
    except UnknownTerm as unknown:
        near = " or ".join(unknown.nearest)
        hint = f"Did you mean {near}?" if near else "See GET /v1/metrics."
        yield _error("Q001", f"{pointer}/metric", f"No metric {unknown.term!r}.", hint)
        return
    unit = item.get("unit")
    if unit is not None and unit not in metric.allowed_units:
        yield _error(
            "Q005",
            f"{pointer}/unit",
            f"{metric.id} is not given in {unit!r}.",
            f"Use one of: {', '.join(metric.allowed_units)}.",
        )
    known = {q.name for q in metric.qualifiers}
    for index, qualifier in enumerate(item.get("qualifiers", ())):
        place = f"{pointer}/qualifiers/{index}"
        if qualifier["qualifier"] not in known:
            yield _error(
                "Q006",
                f"{place}/qualifier",
                f"{metric.id} has no qualifier {qualifier['qualifier']!r}.",
                f"It has: {', '.join(sorted(known))}.",
            )
            continue
        try:
            spell(qualifier, catalogue)
        except (KeyError, UnknownTerm, InvalidInput):
            yield _error(
                "Q007",
                place,
                "A qualifier needs a code, a text, or an amount with its unit.",
                "Write it as in the record that it should match.",
            )
    if metric.quantity_kind == MONEY and "target" in item and unit is None:
        yield _error("Q005", f"{pointer}/target", "The target has no currency.", 'Add "unit".')
    if metric.direction == "target" and "target" not in item:
        yield _error(
            "Q008",
            f"{pointer}/metric",
            f"{metric.id} is best at a target, and none is given.",
            'Add "target".',
        )


def _error(code: str, pointer: str, message: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, pointer, message, hint)
