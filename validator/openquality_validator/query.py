"""The buyer's question as a value: parsed, checked against the catalogue, defaults filled in."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openquality_validator import query_findings, structure, subjects
from openquality_validator.catalogue import MONEY, Catalogue
from openquality_validator.compare.measurement import spell
from openquality_validator.evidence import (
    Accreditor,
    IdentityLevel,
    Independence,
    Relation,
    Verification,
)
from openquality_validator.findings import Report
from openquality_validator.query_findings import CODES
from openquality_validator.records import InvalidRecord
from openquality_validator.wanted import (
    CertificateWanted,
    Characteristics,
    Custody,
    Fairness,
    LevelWanted,
    MaterialWanted,
    Of,
    ProvenanceWanted,
    Rate,
    Reserve,
    Where,
)

__all__ = [
    "CODES",
    "DEFAULT_LIMIT",
    "DEFAULT_RELATIONS",
    "CertificateWanted",
    "InvalidQuery",
    "Query",
    "Where",
    "parse",
]

DEFAULT_LIMIT = 50
DEFAULT_RELATIONS = (Relation.PRODUCER, Relation.ASSESSOR)


class InvalidQuery(InvalidRecord):
    """The query has findings that refuse it; `report` holds them all."""


@dataclass(frozen=True, slots=True)
class Query:
    """Hold a whole question; every default is filled in, so that an answer can repeat it.

    `keys` are identifiers as look-up spells them. `size` is that of the checkpoint asked at, None
    for the log as it is.
    """

    where: tuple[Where, ...]
    as_of: dt.date
    subject_type: str | None = None
    granularity: str | None = None
    category: tuple[str, str] | None = None
    ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    certificates: tuple[CertificateWanted, ...] = ()
    provenance: tuple[ProvenanceWanted, ...] = ()
    levels: tuple[LevelWanted, ...] = ()
    verification: Verification = Verification.DECLARED
    independence: Independence = Independence.SELF
    identity: IdentityLevel = IdentityLevel.L0
    accreditors: tuple[Accreditor, ...] = ()
    accreditors_from: str = "query"
    relations: tuple[Relation, ...] = DEFAULT_RELATIONS
    min_sample: int | None = None
    max_age_days: int | None = None
    min_period_days: int | None = None
    without: tuple[str, ...] = ()
    size: int | None = None
    rank: tuple[tuple[str, Decimal], ...] = ()
    fairness: Fairness | None = None
    facets: tuple[str, ...] = ()
    explain: bool = False
    bundles: bool = False
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    excluded_cursor: str | None = None


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
    report = Report.of(query_findings.check(document, catalogue, today=today))
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
    rates = tuple(_rate(item) for item in document.get("rates", ()))
    return Query(
        where=tuple(_where(item, catalogue, rates) for item in document["where"]),
        as_of=_date(document.get("asOf")) or today,
        subject_type=subject.get("type"),
        granularity=subject.get("granularity"),
        category=(category["scheme"], category["code"]) if category else None,
        ids=tuple(subject.get("ids", ())),
        keys=_sorted(
            subjects.identifier_key(each["scheme"], each["value"])
            for each in subject.get("identifiers", ())
        ),
        countries=_sorted(subject.get("countries", ())),
        regions=_sorted(subject.get("regions", ())),
        certificates=tuple(_certificate(item) for item in document.get("certificates", ())),
        provenance=tuple(_provenance(item) for item in document.get("provenance", ())),
        levels=tuple(_level(item, catalogue) for item in document.get("serviceLevels", ())),
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
        min_period_days=document.get("minPeriodDays"),
        without=_sorted(document.get("without", ())),
        size=document["atCheckpoint"]["size"] if "atCheckpoint" in document else None,
        rank=tuple((r["metric"], Decimal(r["weight"])) for r in document.get("rank", ())),
        fairness=_fairness(document["fairness"]) if "fairness" in document else None,
        facets=_sorted(document.get("facets", ())),
        explain=document.get("explain", False),
        bundles=document.get("bundles", False),
        limit=document.get("limit", DEFAULT_LIMIT),
        cursor=document.get("cursor"),
        excluded_cursor=document.get("excludedCursor"),
    )


def _where(item: Mapping[str, Any], catalogue: Catalogue, rates: Sequence[Rate] = ()) -> Where:
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
        characteristics=Characteristics(item.get("characteristics", "worstCritical")),
        rates=tuple(rate for rate in rates if money and rate.target == unit),
    )


def _level(item: Mapping[str, Any], catalogue: Catalogue) -> LevelWanted:
    asked = {"metric": item["indicator"], **item, "of": "bound"}
    return LevelWanted(_where(asked, catalogue), Of(item["of"]))


def _certificate(item: Mapping[str, Any]) -> CertificateWanted:
    scope = item.get("scope")
    return CertificateWanted(
        item["scheme"],
        item.get("edition"),
        item.get("accredited", False),
        scope=(scope.get("scheme"), scope["code"]) if scope else None,
        on=_date(item.get("on")),
    )


def _provenance(item: Mapping[str, Any]) -> ProvenanceWanted:
    material = item.get("material")
    return ProvenanceWanted(
        origins=_sorted(item.get("originCountries", ())),
        custody=tuple(Custody(each) for each in _sorted(item.get("custody", ()))),
        material=None
        if material is None
        else MaterialWanted(
            cas=material.get("casNumber"),
            name=material.get("name"),
            share=Decimal(material["minMassFraction"]) if "minMassFraction" in material else None,
            origins=_sorted(material.get("originCountries", ())),
        ),
    )


def _rate(item: Mapping[str, Any]) -> Rate:
    date = dt.date.fromisoformat(item["date"])
    return Rate(item["from"], item["to"], Decimal(item["rate"]), date, item["source"])


def _fairness(item: Mapping[str, Any]) -> Fairness:
    reserve = item.get("reserve")
    return Fairness(
        reserve=None
        if reserve is None
        else Reserve(
            Decimal(reserve["share"]),
            _sorted(reserve.get("sizeClasses", ())),
            _sorted(reserve.get("countries", ())),
        ),
        diversity=Decimal(item.get("diversityWeight", "0")),
    )


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def _sorted(texts: Any) -> tuple[str, ...]:  # noqa: ANN401 - any iterable of texts in JSON
    return tuple(sorted(set(texts)))
