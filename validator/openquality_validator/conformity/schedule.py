"""What is expected of a subject: a promise, or a watch that asks how often data come.

A promise is a ServiceLevelClaim of the subject's producer. Its `window` says over which time it is
measured, and so how often data must come.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Any

from openquality_validator import catalogue as catalogues
from openquality_validator.catalogue import MONEY
from openquality_validator.compare.measurement import spell
from openquality_validator.conformity.coverage import Coverage
from openquality_validator.conformity.point import LAST, Line, Point, amount, is_rightful
from openquality_validator.evidence import Accreditor, standing
from openquality_validator.records import VerifiedRecord

Json = Mapping[str, Any]
PROMISE = "ServiceLevelClaim"
_DAY = 86_400  # seconds, the base unit of time
MOST = 3_660  # days of a window: what is measured over more than ten years is no schedule


@dataclass(frozen=True, slots=True)
class Objective:
    """Hold what is promised: `amount` in the canonical unit of the metric, or in a currency."""

    comparator: str
    amount: Fraction
    unit: str

    def is_missed(self, value: Fraction) -> bool:
        """Say whether a value lies on the wrong side; the objective itself is kept."""
        return value < self.amount if self.comparator == "atLeast" else value > self.amount


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hold what is expected from `begins` to `ends`, by windows of days.

    `key` names it. A promise stands in a claim of a statement and is its issuer's; a watch has
    neither. Values count from `starts` on: a promise may reach back, and data are expected from the
    day on which it was admitted.
    """

    key: str
    subject: str
    metric: str
    window: int
    starts: dt.date
    begins: dt.date
    ends: dt.date | None
    statement: str | None = None
    claim: str | None = None
    issuer: str | None = None
    qualifiers: tuple[tuple[str, str], ...] = ()
    objective: Objective | None = None

    def takes(self, line: Line, accreditors: Sequence[Accreditor]) -> bool:
        """Say whether the values of a line count: same thing, same conditions, a voice that counts.

        What the promise leaves open it promises for all; another currency is another thing.
        """
        return (
            (line.subject, line.metric) == (self.subject, self.metric)
            and set(self.qualifiers) <= set(line.qualifiers)
            and (self.objective is None or self.objective.unit == line.unit)
            and line.speaks(self.issuer, accreditors)
        )

    def judges(self, point: Point) -> bool:
        """Say whether a value is one of those promised: a window that lies within the promise."""
        return (
            self.objective is not None
            and self.starts <= point.start
            and (self.ends is None or point.end <= self.ends)
            and self.coverage().fits(point.days)
        )

    def coverage(self, points: Sequence[Point] = ()) -> Coverage:
        """Return which days the values measure."""
        empty = Coverage.of((), window=self.window, begins=self.begins, ends=self.ends)
        periods = [(p.start, p.end) for p in points if empty.counts(p.days)]
        return Coverage.of(periods, window=self.window, begins=self.begins, ends=self.ends)

    def to_json(self) -> dict[str, Any]:
        """Write it with stable members."""
        aim = self.objective
        return {
            "key": self.key,
            "subject": self.subject,
            "metric": self.metric,
            "window": self.window,
            "starts": self.starts.isoformat(),
            "begins": self.begins.isoformat(),
            "ends": None if self.ends is None else self.ends.isoformat(),
            "statement": self.statement,
            "claim": self.claim,
            "issuer": self.issuer,
            "qualifiers": [list(each) for each in self.qualifiers],
            "objective": aim and [aim.comparator, str(aim.amount), aim.unit],
        }

    @classmethod
    def from_json(cls, said: Json) -> "Schedule":
        """Read what `to_json` wrote."""
        aim, ends, day = said["objective"], said["ends"], dt.date.fromisoformat
        return cls(
            **{**said, "starts": day(said["starts"]), "begins": day(said["begins"])}
            | {
                "ends": None if ends is None else day(ends),
                "qualifiers": tuple((name, value) for name, value in said["qualifiers"]),
                "objective": aim and Objective(aim[0], Fraction(aim[1]), aim[2]),
            }
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """Hold a schedule with what came of it: the measured days, the newest value of each line.

    `stands` is False once its statement was withdrawn.
    """

    schedule: Schedule
    coverage: Coverage
    newest: Mapping[str, tuple[str, Point]]
    stands: bool = True

    @classmethod
    def of(
        cls, schedule: Schedule, values: Sequence[tuple[Line, Point]], *, stands: bool = True
    ) -> "Expected":
        """Build it from all values that stand and count, in any order."""
        found = cls(schedule, schedule.coverage([point for _, point in values]), {}, stands)
        for line, point in values:
            found = replace(found, newest=found._newest(line, point))
        return found

    def add(self, line: Line, point: Point) -> "Expected":
        """Add a value that came in."""
        coverage = self.coverage
        if coverage.counts(point.days):
            coverage = coverage.add(point.start, point.end)
        return replace(self, coverage=coverage, newest=self._newest(line, point))

    def is_over(self, day: dt.date) -> bool:
        """Say whether nothing is expected any more."""
        return self.coverage.over is not None and day >= self.coverage.over

    def to_json(self) -> dict[str, Any]:
        """Write what came of it; the schedule is written apart."""
        newest = {name: [who, point.to_json()] for name, (who, point) in self.newest.items()}
        return {"spans": self.coverage.to_json(), "newest": newest}

    @classmethod
    def from_json(cls, schedule: Schedule, said: Json, *, stands: bool) -> "Expected":
        """Read what `to_json` wrote."""
        newest = {n: (who, Point.from_json(p)) for n, (who, p) in said["newest"].items()}
        return cls(schedule, schedule.coverage().read(said["spans"]), newest, stands)

    def _newest(self, line: Line, point: Point) -> Mapping[str, tuple[str, Point]]:
        before = self.newest.get(line.id)
        is_older = before is not None and before[1].order > point.order
        if is_older or not self.schedule.judges(point):
            return self.newest
        return {**self.newest, line.id: (line.issuer, point)}


def promises(verified: VerifiedRecord, *, admitted: dt.date) -> Iterator[Schedule]:
    """Yield the promises of an attestation that was admitted on a day.

    Of somebody who is not the producer there are none: nobody promises for others.
    """
    credential = verified.value
    catalogue = catalogues.load(credential["catalogueVersion"])
    subject = credential["credentialSubject"]
    until = credential.get("validUntil")
    last = None if until is None else dt.datetime.fromisoformat(until).astimezone(dt.UTC).date()
    for claim in subject["claims"]:
        metric = catalogue.metrics.get(claim.get("indicator", ""))
        if claim["type"] != PROMISE or metric is None:
            continue
        relation = standing(credential, claim, catalogue).relation.value
        if not is_rightful(verified.issuer, subject["id"], relation):
            continue
        stated, window = claim["objective"], claim["window"]
        if metric.quantity_kind != MONEY and stated["unit"] not in metric.allowed_units:
            continue
        objective = amount(metric, stated, catalogue)
        assert objective is not None
        unit = catalogue.canonical_unit(metric, unit=stated["unit"])
        start, end = (dt.date.fromisoformat(claim["period"][name]) for name in ("start", "end"))
        conditions = ((q["qualifier"], spell(q, catalogue)) for q in claim.get("qualifiers", ()))
        days = Fraction(window["amount"]) * catalogue.unit(window["unit"]).factor / _DAY
        if days > MOST or start > LAST:
            continue
        yield Schedule(
            key=f"{verified.digest}/{claim['id']}",
            subject=subject["id"],
            metric=metric.id,
            window=max(ceil(days), 1),
            starts=start,
            begins=max(start, admitted),
            ends=min(end, last or LAST, LAST),
            statement=verified.digest,
            claim=claim["id"],
            issuer=verified.issuer,
            qualifiers=tuple(sorted(conditions)),
            objective=Objective(claim["comparator"], objective, unit),
        )
