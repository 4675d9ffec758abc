"""Evaluate one track: all that is measured and expected of one subject in one metric.

A change comes in (an entry of the log, or the beginning of a day), and the track after it goes out
with the deviations that were opened or closed:

1. what the change adds, takes away or brings back
2. what is now not as it should be
3. what was found before and is no longer is closed; what is new is opened
4. what is over is let go
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from openquality_validator import catalogue as catalogues
from openquality_validator.conformity import limits
from openquality_validator.conformity.deviation import (
    Deviation,
    Found,
    Kind,
    Moment,
    Why,
    number,
    statements,
)
from openquality_validator.conformity.limits import BASE, signals
from openquality_validator.conformity.point import Line, Point
from openquality_validator.conformity.schedule import Expected, Schedule
from openquality_validator.conformity.series import Series
from openquality_validator.evidence import Accreditor
from openquality_validator.statistics import stability

Value = tuple[Line, Point]
Matter = tuple[Kind, str]
Values = Callable[[dt.date | None], Iterable[Value]]
"""Gives every value of a track that stands after a change and ends on a day or later, or all."""

MOST = 100  # lines, and promises, of one issuer in one track: what comes after them is left out
_RULES = {rule.number: rule for rule in stability.RULES}


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what an entry, or a day, does to a track.

    `withdrawn` and `returned` are digests of statements whose words no longer stand, or do again.
    """

    moment: Moment
    measured: tuple[Value, ...] = ()
    scheduled: tuple[Schedule, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    returned: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Track:
    """Hold what is kept of one subject and metric: its lines, what is expected, what is open."""

    subject: str
    metric: str
    series: Mapping[str, Series] = field(default_factory=dict)
    expected: Mapping[str, Expected] = field(default_factory=dict)
    open: tuple[Deviation, ...] = ()

    def due(self, day: dt.date) -> dt.date | None:
        """Return the next day on which something changes without any data."""
        days = (each.coverage.due(day) for each in self.expected.values() if each.stands)
        return min((each for each in days if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class Advanced:
    """Hold a track after a change, and the deviations that it opened or closed."""

    track: Track
    deviations: tuple[Deviation, ...]


def advance(
    track: Track,
    change: Change,
    *,
    values: Values,
    accreditors: Sequence[Accreditor],
) -> Advanced:
    """Return the track after a change.

    `values` is asked only where something was withdrawn or begins, so that a long history costs
    nothing otherwise.
    """
    # (1) the change itself
    series = _series(track, change, values)
    kept = replace(change, measured=tuple(v for v in change.measured if v[0].id in series))

    def standing(since: dt.date | None) -> Iterable[Value]:
        return (each for each in values(since) if each[0].id in series)

    expected = _expected(track, kept, standing, accreditors)
    moved = replace(track, series=series, expected=expected)
    # (2) what is not as it should be
    day = change.moment.day
    bad = dict(_bad(moved, day, accreditors))
    # (3) closed and opened
    known = {(each.kind, each.matter): each for each in track.open}
    closed = [
        replace(each, closed=change.moment, why=_why(each, moved, kept))
        for matter, each in known.items()
        if matter not in bad
    ]
    opened = [
        Deviation(kind, matter, track.subject, track.metric, found, change.moment)
        for (kind, matter), found in bad.items()
        if (kind, matter) not in known
    ]
    still = [each for matter, each in known.items() if matter in bad]
    # (4) what is over
    left = {key: each for key, each in moved.expected.items() if not each.is_over(day)}
    ordered = sorted((*closed, *opened), key=lambda each: (each.kind, each.matter))
    after = replace(moved, expected=left, open=(*still, *opened))
    return Advanced(after, tuple(ordered))


def _series(track: Track, change: Change, values: Values) -> Mapping[str, Series]:
    series = dict(track.series)
    for line, point in change.measured:
        if line.id in series or _has_room((e.line.issuer for e in series.values()), line.issuer):
            series[line.id] = series.get(line.id, Series(line)).add(point)
    # What comes back may belong anywhere; of what goes, only what is held matters.
    is_gone = any(each.holds(digest) for each in series.values() for digest in change.withdrawn)
    if not change.returned and not is_gone:
        return series
    by_line: dict[str, list[Point]] = {name: [] for name in series}
    for line, point in values(None):
        if line.id in by_line:
            by_line[line.id].append(point)
    return {name: Series.of(series[name].line, found) for name, found in by_line.items()}


def _has_room(issuers: Iterable[str | None], issuer: str | None) -> bool:
    return sum(each == issuer for each in issuers) < MOST


def _expected(
    track: Track,
    change: Change,
    values: Values,
    accreditors: Sequence[Accreditor],
) -> Mapping[str, Expected]:
    def made(schedule: Schedule, *, stands: bool) -> Expected:
        since = min(schedule.starts, schedule.begins)
        counted = [each for each in values(since) if schedule.takes(each[0], accreditors)]
        return Expected.of(schedule, counted, stands=stands)

    found = {}
    for key, each in track.expected.items():
        schedule = each.schedule
        stands = each.stands and schedule.statement not in change.withdrawn
        stands = stands or schedule.statement in change.returned
        if key in change.ended:
            continue
        if change.withdrawn or change.returned:
            found[key] = made(schedule, stands=stands)
            continue
        for line, point in change.measured:
            if schedule.takes(line, accreditors):
                each = each.add(line, point)  # noqa: PLW2901 - the same, with one value more
        found[key] = each
    for schedule in change.scheduled:
        if _has_room((each.schedule.issuer for each in found.values()), schedule.issuer):
            found[schedule.key] = made(schedule, stands=True)
    return found


def _bad(
    track: Track, day: dt.date, accreditors: Sequence[Accreditor]
) -> Iterator[tuple[Matter, Found]]:
    for key, each in track.expected.items():
        if each.stands and not each.is_over(day):
            yield from _broken(key, each)
            yield from _gaps(key, each, day)
    for series in track.series.values():
        if series.line.speaks(None, accreditors):
            yield from _signalled(series)


def _broken(key: str, each: Expected) -> Iterator[tuple[Matter, Found]]:
    schedule, aim = each.schedule, each.schedule.objective
    for line, (issuer, point) in each.newest.items():
        if aim is None or not aim.is_missed(point.value):
            continue
        detail = {
            **_whose(schedule),
            "comparator": aim.comparator,
            "objective": number(aim.amount),
            "value": number(point.value),
            "unit": aim.unit,
            **_period(point),
        }
        sources = [(point.digest, point.claim), *_source(schedule)]
        yield (Kind.PROMISE, f"{key}|{line}"), Found(issuer, statements(sources), detail)


def _gaps(key: str, each: Expected, day: dt.date) -> Iterator[tuple[Matter, Found]]:
    schedule = each.schedule
    for first, last in each.coverage.gaps(day):
        detail = {
            **_whose(schedule),
            "from": first.isoformat(),
            "to": None if last is None else last.isoformat(),
        }
        found = Found(schedule.issuer or "", statements(_source(schedule)), detail)
        yield (Kind.GAP, f"{key}|{first.isoformat()}"), found


def _signalled(series: Series) -> Iterator[tuple[Matter, Found]]:
    line = series.line
    metric = catalogues.load().metrics.get(line.metric)
    if metric is None or len(series.base) < BASE or not series.last:
        return
    drawn = limits.limits(series.base, form=metric.form)
    if drawn is None:
        return
    fired = signals(drawn, series.last, direction=metric.direction)
    if not fired:
        return
    newest = series.last[-1]
    pattern = series.last[-max(_RULES[each.rule].window for each in fired) :]
    sigma = drawn.sigma(newest)
    detail = {
        "chart": drawn.chart,
        "rules": sorted(each.rule for each in fired),
        "centre": number(drawn.centre),
        "lower": number(drawn.centre - 3 * sigma),
        "upper": number(drawn.centre + 3 * sigma),
        "value": number(newest.value),
        "unit": line.unit,
        **_period(newest),
        "limitsFrom": series.base[0].start.isoformat(),
        "limitsTo": series.base[-1].end.isoformat(),
    }
    sources = statements([(point.digest, point.claim) for point in pattern])
    yield (Kind.LIMIT, line.id), Found(line.issuer, sources, detail)


def _why(deviation: Deviation, track: Track, change: Change) -> Why:
    sources = {statement for statement, _ in deviation.found.sources}
    if deviation.kind is not Kind.LIMIT:
        expected = track.expected.get(deviation.matter.rpartition("|")[0])
        if expected is None or expected.is_over(change.moment.day):
            return Why.ENDED
        if not expected.stands:
            return Why.WITHDRAWN
    # A value that was taken away was not met; one that a corrected record took the place of is.
    return Why.WITHDRAWN if sources & change.withdrawn and not change.measured else Why.MET


def _whose(schedule: Schedule) -> dict[str, object]:
    return {"schedule": schedule.key, "window": schedule.window}


def _source(schedule: Schedule) -> list[tuple[str, str]]:
    if schedule.statement is None or schedule.claim is None:
        return []
    return [(schedule.statement, schedule.claim)]


def _period(point: Point) -> dict[str, object]:
    return {"start": point.start.isoformat(), "end": point.end.isoformat()}
