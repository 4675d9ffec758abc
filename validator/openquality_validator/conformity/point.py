"""One measured value in the line on which it stands.

A line holds the values of one issuer for one subject, metric, comparability group, qualifiers,
unit and characteristic, in the order of their periods. Values are exact: from counts where the
form has counts, else as stated, in the canonical unit of the metric (money in its currency).
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from math import prod
from types import MappingProxyType
from typing import Any

from openquality_validator import catalogue as catalogues
from openquality_validator import documents
from openquality_validator.catalogue import MONEY, Catalogue, Metric
from openquality_validator.compare.measurement import Measurement, measurements
from openquality_validator.evidence import Accreditor, Relation
from openquality_validator.records import VerifiedRecord
from openquality_validator.statistics.claims import PER_EXPOSURE

Json = Mapping[str, Any]
MEASURED = "MeasurementClaim"
LAST = dt.date(9000, 1, 1)  # what is said of later days is left out: calendars end in 9999
RATIO, RATE = "binomialRatio", "eventRate"
_NET = 100  # a net score of a half is spoken of as 50
_NAME = 32  # hexadecimal digits of a derived name: 128 bits


@dataclass(frozen=True, slots=True)
class Line:
    """Say whose values of what stand on one line; `relation` is derived, never stated."""

    subject: str
    metric: str
    issuer: str
    relation: str
    assessed_under: str | None
    key: str
    qualifiers: tuple[tuple[str, str], ...]
    unit: str
    characteristic: str | None

    @property
    def id(self) -> str:
        """Its name, which follows from all that it says."""
        return name_of(self.to_json())

    def to_json(self) -> list[Any]:
        """Write it as a list."""
        return [
            self.subject,
            self.metric,
            self.issuer,
            self.relation,
            self.assessed_under,
            self.key,
            [list(each) for each in self.qualifiers],
            self.unit,
            self.characteristic,
        ]

    @classmethod
    def from_json(cls, said: Sequence[Any]) -> "Line":
        """Read what `to_json` wrote."""
        subject, metric, issuer, relation, under, key, qualifiers, unit, characteristic = said
        pairs = tuple((name, value) for name, value in qualifiers)
        return cls(subject, metric, issuer, relation, under, key, pairs, unit, characteristic)

    def speaks(self, promiser: str | None, accreditors: Sequence[Accreditor]) -> bool:
        """Say whether its values count: of whoever promised, or of a listed assessor.

        Without a promise, of the subject's producer; of a subject that a DID names, of that DID.
        """
        if any(each.covers(self.issuer, self.assessed_under) for each in accreditors):
            return True
        if promiser is not None:
            return self.issuer == promiser
        return is_rightful(self.issuer, self.subject, self.relation)


@dataclass(frozen=True, slots=True)
class Point:
    """Hold one value: where it stands, its period (both ends included), and what was counted.

    `count` of `size` are the cases of a ratio, or the events in an exposure, divided by the design
    effect; other forms have none.
    """

    index: int
    position: int
    digest: str
    claim: str
    start: dt.date
    end: dt.date
    value: Fraction
    count: float | None
    size: float | None

    @property
    def order(self) -> tuple[dt.date, dt.date, int, int]:
        """The place in the order of periods; of two of one period the newer entry is later."""
        return self.end, self.start, self.index, self.position

    @property
    def days(self) -> int:
        """The length of its period."""
        return (self.end - self.start).days + 1

    def to_json(self) -> list[Any]:
        """Write it as a list."""
        return [
            self.index,
            self.position,
            self.digest,
            self.claim,
            self.start.isoformat(),
            self.end.isoformat(),
            str(self.value),
            self.count,
            self.size,
        ]

    @classmethod
    def from_json(cls, said: Sequence[Any]) -> "Point":
        """Read what `to_json` wrote."""
        index, position, digest, claim, start, end, value, count, size = said
        days = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
        return cls(index, position, digest, claim, *days, Fraction(value), count, size)


def points(verified: VerifiedRecord, *, index: int) -> Iterator[tuple[Line, Point]]:
    """Yield the measured values of an attestation at a place in the log, in their order."""
    catalogue = catalogues.load(verified.value["catalogueVersion"])
    claims = verified.value["credentialSubject"]["claims"]
    by_id = {each["id"]: each for each in claims if each["type"] == MEASURED}
    for position, found in enumerate(measurements(verified, catalogue=catalogue)):
        claim = by_id.get(found.claim)
        if claim is None or found.start is None or found.end is None:
            continue
        end = dt.date.fromisoformat(found.end)
        if end > LAST:
            continue
        metric = catalogue.metric(found.metric)
        value = exact(metric, claim, catalogue)
        if value is None and found.value is None:
            continue  # a bound alone is no value
        count, size = counted(metric, claim, catalogue)
        point = Point(
            index=index,
            position=position,
            digest=found.digest,
            claim=found.claim,
            start=dt.date.fromisoformat(found.start),
            end=end,
            value=Fraction(found.value or 0) if value is None else value,
            count=count,
            size=size,
        )
        yield _line(found, metric, catalogue), point


def _line(found: Measurement, metric: Metric, catalogue: Catalogue) -> Line:
    unit = metric.canonical_unit
    if found.unit is not None:
        unit = catalogue.canonical_unit(metric, unit=found.unit)
    return Line(
        subject=found.subject,
        metric=found.metric,
        issuer=found.issuer,
        relation=found.relation.value,
        assessed_under=found.assessed_under,
        key=found.key,
        qualifiers=found.qualifiers,
        unit=unit,
        characteristic=found.characteristic,
    )


def exact(metric: Metric, claim: Json, catalogue: Catalogue) -> Fraction | None:
    """Return the value of an admitted claim, without any rounding, or None if it states none."""
    formula = _FORMULAS.get(metric.form)
    if formula is None or metric.quantity_kind == MONEY:
        return amount(metric, claim.get("value"), catalogue)
    found = formula(metric, claim, catalogue)
    return None if found is None else found / catalogue.unit(metric.canonical_unit).factor


def _ratio(_metric: Metric, claim: Json, _catalogue: Catalogue) -> Fraction:
    return Fraction(claim["counts"]["numerator"], claim["counts"]["denominator"])


def _rate(metric: Metric, claim: Json, catalogue: Catalogue) -> Fraction:
    exposure, per = _exposure(metric, claim, catalogue)
    return int(claim["events"]) / exposure * per


def _up(_metric: Metric, claim: Json, _catalogue: Catalogue) -> Fraction | None:
    up, down = (Fraction(claim["durations"][name]) for name in ("up", "down"))
    return up / (up + down) if up + down else None


def _net_score(_metric: Metric, claim: Json, _catalogue: Catalogue) -> Fraction:
    counts = claim["counts"]
    n = counts["promoters"] + counts["passives"] + counts["detractors"]
    return Fraction(_NET * (counts["promoters"] - counts["detractors"]), n)


def _life(metric: Metric, claim: Json, catalogue: Catalogue) -> Fraction | None:
    exposure, per = _exposure(metric, claim, catalogue)
    failures = int(claim["failures"])
    if metric.bound == "chiSquareRate":
        return failures / exposure * per
    return exposure / failures * per if failures else None


def _yield(_metric: Metric, claim: Json, _catalogue: Catalogue) -> Fraction:
    return prod((Fraction(s["passed"], s["total"]) for s in claim["steps"]), start=Fraction(1))


# What the counts of a form give, in the base unit of the metric's quantity.
_FORMULAS: Mapping[str, Callable[[Metric, Json, Catalogue], Fraction | None]] = MappingProxyType(
    {
        RATIO: _ratio,
        RATE: _rate,
        "durationRatio": _up,
        "netScore": _net_score,
        "product": _yield,
        "timeToFailure": _life,
    }
)


def amount(metric: Metric, stated: Json | None, catalogue: Catalogue) -> Fraction | None:
    """Return a stated amount in the metric's canonical unit, money in its own currency."""
    if stated is None:
        return None
    if metric.quantity_kind == MONEY:
        return Fraction(stated["amount"])
    factor = catalogue.unit(stated["unit"]).factor
    return Fraction(stated["amount"]) * factor / catalogue.unit(metric.canonical_unit).factor


def counted(
    metric: Metric, claim: Json, catalogue: Catalogue
) -> tuple[float, float] | tuple[None, None]:
    """Return what was counted, of how much, both divided by the design effect."""
    effect = max(float(claim.get("sampling", {}).get("designEffect", 1)), 1.0)
    if metric.form == RATIO:
        counts = claim["counts"]
        return counts["numerator"] / effect, counts["denominator"] / effect
    if metric.form == RATE:
        exposure, _ = _exposure(metric, claim, catalogue)
        return claim["events"] / effect, float(exposure) / effect
    return None, None


def _exposure(metric: Metric, claim: Json, catalogue: Catalogue) -> tuple[Fraction, Fraction]:
    """Return the exposure in the unit that it counts in, and the size of one event per unit."""
    kind = (metric.canonical_unit,) * 2
    counted_in, per = PER_EXPOSURE.get(metric.quantity_kind, kind)
    stated = claim["exposure"]
    exposure = Fraction(stated["amount"]) * catalogue.unit(stated["unit"]).factor
    return exposure / catalogue.unit(counted_in).factor, catalogue.unit(per).factor


def is_rightful(issuer: str, subject: str, relation: str) -> bool:
    """Say whether an issuer speaks as the producer of a subject, and may.

    Anybody may call itself the producer of somebody else's product; of a subject that a DID names
    only that DID is it.
    """
    owner = subject.partition("#")[0] if subject.startswith("did:") else issuer
    return relation == Relation.PRODUCER and owner == issuer


def name_of(said: object) -> str:
    """Derive a name from what something says."""
    return sha256(documents.canonical(said)).hexdigest()[:_NAME]
