"""A watch: who asks how often data of a subject must come, or under which profile to look at it.

Under a profile the subject is looked at with each entry that concerns it, and on the day on which
what holds ends. A level that is lower than it was before, and an indicator that passed and passes
no longer, are deviations until they are as good again.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openquality_validator.conformity.deviation import (
    Deviation,
    Found,
    Kind,
    Moment,
    Why,
    statements,
)
from openquality_validator.conformity.schedule import Schedule
from openquality_validator.profiles import Assessment, Outcome, State

Json = Mapping[str, Any]
WATCH = "watch:"  # begins what names a watch
_FINE = {State.PASSED, State.NOT_APPLICABLE}
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """Hold a watch, from the UTC day on which it begins to the one on which it no longer holds.

    `metrics` must come `every` so many days, or `profile` names what the subject is held against.
    """

    id: str
    subject: str
    begins: dt.date
    ends: dt.date | None = None
    every: int | None = None
    metrics: tuple[str, ...] = ()
    profile: str | None = None

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """What it expects of each metric."""
        if self.every is None:
            return ()
        return tuple(
            Schedule(
                key=f"{self.name}/{metric}",
                subject=self.subject,
                metric=metric,
                window=self.every,
                starts=self.begins,
                begins=self.begins,
                ends=None,
            )
            for metric in self.metrics
        )

    @property
    def name(self) -> str:
        """What deviations call it."""
        return f"{WATCH}{self.id}"


@dataclass(frozen=True, slots=True)
class Mark:
    """Hold the highest level so far (-1 for none), what has passed, and what is open.

    `until` is the last day on which the assessment holds with the same records.
    """

    level: int = -1
    passed: frozenset[str] = frozenset()
    open: tuple[Deviation, ...] = ()
    until: dt.date | None = None

    @property
    def due(self) -> dt.date | None:
        """The next day on which to look without a new record."""
        return None if self.until is None else self.until + _DAY

    def to_json(self) -> dict[str, Any]:
        """Write it with stable members."""
        return {
            "level": self.level,
            "passed": sorted(self.passed),
            "open": [each.to_json() for each in self.open],
            "until": None if self.until is None else self.until.isoformat(),
        }

    @classmethod
    def from_json(cls, said: Json) -> "Mark":
        """Read what `to_json` wrote."""
        until = said["until"]
        return cls(
            said["level"],
            frozenset(said["passed"]),
            tuple(Deviation.from_json(each) for each in said["open"]),
            None if until is None else dt.date.fromisoformat(until),
        )


@dataclass(frozen=True, slots=True)
class Looked:
    """Hold the mark after a look, and the deviations that it opened or closed."""

    mark: Mark
    deviations: tuple[Deviation, ...] = field(default=())


def look(watch: Watch, mark: Mark, found: Assessment, moment: Moment) -> Looked:
    """Hold an assessment against what was reached before."""
    bad = dict(_bad(watch, mark, found))
    known = {each.matter: each for each in mark.open}
    closed = [
        replace(each, closed=moment, why=Why.MET)
        for matter, each in known.items()
        if matter not in bad
    ]
    opened = [
        Deviation(kind, matter, watch.subject, found.profile.id, what, moment)
        for matter, (kind, what) in bad.items()
        if matter not in known
    ]
    passed = {each.indicator.id for each in found.outcomes if each.judged.state is State.PASSED}
    after = Mark(
        level=max(mark.level, _rank(found)),
        passed=mark.passed | passed,
        open=(*(each for matter, each in known.items() if matter in bad), *opened),
        until=found.holds_until,
    )
    return Looked(after, (*closed, *opened))


def end(mark: Mark, moment: Moment) -> tuple[Deviation, ...]:
    """Close what is open when a watch ends."""
    return tuple(replace(each, closed=moment, why=Why.ENDED) for each in mark.open)


def _bad(watch: Watch, mark: Mark, found: Assessment) -> Iterator[tuple[str, tuple[Kind, Found]]]:
    profile = {"profile": found.profile.id, "digest": found.profile.digest}
    if _rank(found) < mark.level:
        reached = found.profile.levels[mark.level].id
        now = None if found.level is None else found.level.id
        detail = {**profile, "was": reached, "is": now, "blockedBy": list(found.blocked_by)}
        sources = [source for each in found.open for source in _sources(each)]
        what = Found("", statements(sources), detail)
        yield f"{watch.name}|level", (Kind.LEVEL, what)
    for each in found.outcomes:
        if each.indicator.id in mark.passed and each.judged.state not in _FINE:
            detail = {
                **profile,
                "indicator": each.indicator.id,
                "state": each.judged.state.value,
                "reasons": list(each.judged.reasons),
            }
            what = Found("", statements(_sources(each)), detail)
            yield f"{watch.name}|indicator:{each.indicator.id}", (Kind.INDICATOR, what)


def _rank(found: Assessment) -> int:
    return -1 if found.level is None else found.profile.levels.index(found.level)


def _sources(each: Outcome) -> Sequence[tuple[str, str]]:
    return [(source.statement, source.part) for source in each.judged.sources]
