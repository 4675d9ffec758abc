"""A profile as a value: what a buyer or a framework requires (docs/spec/profile.md)."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import openquality_schemas
from openquality_validator import catalogue as catalogues
from openquality_validator import documents
from openquality_validator.catalogue import Catalogue
from openquality_validator.evidence import Independence
from openquality_validator.findings import Report
from openquality_validator.profiles import lint
from openquality_validator.query import Query
from openquality_validator.query import parse as parse_query
from openquality_validator.records import InvalidRecord

Json = Mapping[str, Any]
_ANY_DAY = dt.date(2026, 1, 1)  # a query has a day; that of the assessment takes its place


class InvalidProfile(InvalidRecord):
    """The profile has findings that refuse it; `report` holds them all."""


@dataclass(frozen=True, slots=True)
class MetricAsked:
    """Ask for a measurement; `queries` holds the question for each value of `parameter`.

    Without a parameter there is one question, under the empty name.
    """

    parameter: str
    queries: Mapping[str, Query]


@dataclass(frozen=True, slots=True)
class CertificateAsked:
    """Ask for a certificate that is valid and active; an empty tuple of editions means any."""

    schemes: tuple[str, ...]
    editions: tuple[str, ...]
    scope: tuple[str | None, str] | None
    accredited: bool
    audited: bool
    max_major: int | None
    max_minor: int | None


@dataclass(frozen=True, slots=True)
class ClaimAsked:
    """Ask for a claim of a type, about a metric if one is named, with these kinds of evidence."""

    claim: str
    metric: str | None
    evidence: frozenset[str]
    max_age_days: int | None


@dataclass(frozen=True, slots=True)
class AnswerAsked:
    """Ask for the answer `fulfilled` to a criterion; `floor` says who may give it."""

    criterion: str
    floor: Independence
    evidence: frozenset[str]
    max_age_days: int


Asks = MetricAsked | CertificateAsked | ClaimAsked | AnswerAsked


@dataclass(frozen=True, slots=True)
class Applies:
    """Say when an indicator applies; what is empty asks for nothing.

    `parameters` and `indicators` hold a name with the values, or states, that will do.
    """

    subject_types: tuple[str, ...] = ()
    parameters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    indicators: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """Hold one thing that is looked at; `assumed` names its members that no public source states.

    `said` is what it asks for as the document writes it.
    """

    id: str
    title: str
    section: str
    points: Fraction
    critical: bool
    applies: Applies
    asks: Asks
    said: Json
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Hold a part of a profile; its indicators' points add up to `points`."""

    id: str
    title: str
    points: Fraction
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Hold what a level needs beside the levels below it; `min_section` is a share from 0 to 1."""

    id: str
    title: str
    min_points: Fraction
    min_section: Fraction
    requires: tuple[str, ...]
    always: bool


@dataclass(frozen=True, slots=True)
class Cycle:
    """Say in days how long what was assessed holds, and how often it is looked at in between."""

    valid: int
    surveillance: int
    grace: int

    @property
    def surveyed(self) -> int:
        """The days after which surveillance is overdue."""
        return self.surveillance + self.grace


@dataclass(frozen=True, slots=True)
class SamplingAsked:
    """Say how much an assessor must have looked at for a finding to count."""

    least: int
    square_root: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """Hold a whole profile that has no mistake; `digest` is that of its exact bytes.

    `order` lists the indicators so that each stands after those on which its condition rests.
    """

    id: str
    version: str
    title: str
    digest: str
    owner: str
    owner_id: str | None
    basis: str
    scheme: str
    subject_types: tuple[str, ...]
    parameters: Mapping[str, tuple[str, ...]]
    defaults: Mapping[str, str]
    points: Fraction
    sections: tuple[Section, ...]
    order: tuple[Indicator, ...]
    required_evidence: tuple[str, ...]
    every_section: bool
    levels: tuple[Level, ...]
    cycle: Cycle
    sampling: SamplingAsked | None

    @property
    def indicators(self) -> Iterator[Indicator]:
        """The indicators in the order of the document."""
        return (each for section in self.sections for each in section.indicators)


def parse(data: bytes, *, catalogue: Catalogue | None = None) -> Profile:
    """Read the bytes of a profile document.

    Raises InvalidProfile with a finding for each mistake, or MalformedDocument.
    """
    chosen = catalogue or catalogues.load()
    document = documents.parse_object(data).value
    report = Report.of(lint.check(document, catalogue=chosen))
    if not report.valid:
        raise InvalidProfile(report)
    return _read(document, openquality_schemas.digest(data), chosen)


def _read(document: Json, digest: str, catalogue: Catalogue) -> Profile:
    cycle = Cycle(
        document["cycle"]["validDays"],
        document["cycle"]["surveillanceDays"],
        document["cycle"].get("graceDays", 0),
    )
    sections = tuple(_section(each, cycle, catalogue) for each in document["sections"])
    parameters = document.get("parameters", ())
    sampling = document.get("sampling")
    by_id = {each.id: each for section in sections for each in section.indicators}
    return Profile(
        id=document["id"],
        version=document["version"],
        title=document["title"],
        digest=digest,
        owner=document["owner"]["name"],
        owner_id=document["owner"].get("id"),
        basis=document["basis"],
        scheme=document["scheme"],
        subject_types=tuple(document["subjectTypes"]),
        parameters={each["name"]: tuple(each["values"]) for each in parameters},
        defaults={each["name"]: each["default"] for each in parameters},
        points=Fraction(document["points"]),
        sections=sections,
        order=tuple(by_id[name] for name in lint.ordered(document)),
        required_evidence=tuple(document.get("requiredEvidence", ())),
        every_section=document.get("everySection", False),
        levels=tuple(_level(each) for each in document["levels"]),
        cycle=cycle,
        sampling=None
        if sampling is None
        else SamplingAsked(sampling["least"], sampling.get("rule") == "squareRoot"),
    )


def _section(data: Json, cycle: Cycle, catalogue: Catalogue) -> Section:
    return Section(
        data["id"],
        data["title"],
        Fraction(data["points"]),
        tuple(_indicator(each, data["id"], cycle, catalogue) for each in data["indicators"]),
    )


def _indicator(data: Json, section: str, cycle: Cycle, catalogue: Catalogue) -> Indicator:
    when = data.get("appliesWhen", {})
    return Indicator(
        id=data["id"],
        title=data["title"],
        section=section,
        points=Fraction(data["points"]),
        critical=data.get("critical", False),
        applies=Applies(
            tuple(when.get("subjectTypes", ())),
            tuple((each["name"], tuple(each["values"])) for each in when.get("parameters", ())),
            tuple((each["id"], tuple(each["states"])) for each in when.get("indicators", ())),
        ),
        asks=_asks(data["asks"], cycle, catalogue),
        said=data["asks"],
        assumed=tuple(data.get("assumed", ())),
    )


def _asks(data: Json, cycle: Cycle, catalogue: Catalogue) -> Asks:
    evidence = frozenset(data.get("evidence", ()))
    match data["type"]:
        case "metric":
            by = data.get("valueBy")
            values = {"": data["value"]} if by is None else by["values"]
            queries = {
                name: parse_query(lint.question(data, value), catalogue=catalogue, today=_ANY_DAY)
                for name, value in values.items()
            }
            return MetricAsked("" if by is None else by["parameter"], queries)
        case "certificate":
            scope = data.get("scope")
            return CertificateAsked(
                schemes=tuple(data["schemes"]),
                editions=tuple(data.get("editions", ())),
                scope=None if scope is None else (scope.get("scheme"), scope["code"]),
                accredited=data.get("accredited", False),
                audited=data.get("audited", False),
                max_major=data.get("maxMajor"),
                max_minor=data.get("maxMinor"),
            )
        case "claim":
            return ClaimAsked(data["claim"], data.get("metric"), evidence, data.get("maxAgeDays"))
        case kind:
            is_finding = kind == "finding"
            floor = Independence.ACCREDITED if is_finding else Independence.SELF
            age = data.get("maxAgeDays", cycle.valid if is_finding else cycle.surveyed)
            return AnswerAsked(data["criterion"], floor, evidence, age)


def _level(data: Json) -> Level:
    return Level(
        id=data["id"],
        title=data["title"],
        min_points=Fraction(data.get("minPoints", "0")),
        min_section=Fraction(data.get("minSection", "0")) / 100,
        requires=tuple(data.get("requires", ())),
        always=data.get("always", False),
    )
