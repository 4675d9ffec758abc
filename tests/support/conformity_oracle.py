"""Deviations by their definition alone: at each entry and day, everything is looked at anew.

Nothing is kept between two moments but what is open: no summaries of lines, no measured spans.
"""

import datetime as dt
from collections.abc import Iterator

from conforming import LISTED, OPERATOR, ORIGIN, Log

from openquality_validator import catalogue as catalogues
from openquality_validator.conformity import Heard, hear, limits
from openquality_validator.conformity.point import Line, Point
from openquality_validator.conformity.schedule import Schedule
from openquality_validator.statistics import stability

Matter = tuple[str, str]
Opened = tuple[str, str, str, int | None, str | None, int | None]
DAY = dt.timedelta(days=1)


def deviations(log: Log, until: str) -> set[Opened]:
    """Return kind, matter, day and entry of each opening, then day and entry of its closing."""
    heard = [hear(at, entry, data, log=ORIGIN) for at, (entry, data) in enumerate(log.entries)]
    moments: list[tuple[dt.date, int | None]] = []
    day = heard[0].moment.day
    for at, each in enumerate(heard):
        while day < each.moment.day:
            day += DAY
            moments.append((day, None))
        moments.append((day, at))
    while day < dt.date.fromisoformat(until):
        day += DAY
        moments.append((day, None))
    found: set[Opened] = set()
    opened: dict[Matter, tuple[dt.date, int | None]] = {}
    known: list[Heard] = []
    for moment in moments:
        if moment[1] is not None:
            known.append(heard[moment[1]])
        bad = set(_bad(known, moment[0]))
        for matter in opened.keys() - bad:
            before = opened.pop(matter)
            found.add((*matter, *_told(before), *_told(moment)))
        for matter in bad - opened.keys():
            opened[matter] = moment
    return found | {(*matter, *_told(moment), None, None) for matter, moment in opened.items()}


def _told(moment: tuple[dt.date, int | None]) -> tuple[str, int | None]:
    return moment[0].isoformat(), moment[1]


def _bad(known: list[Heard], day: dt.date) -> Iterator[Matter]:
    standing = [each for each in known if _stands(each, known)]
    values = [value for each in standing for value in each.measured]
    for each in standing:
        for schedule in each.scheduled:
            yield from _of_promise(schedule, values, day)
    for line in {line for line, _ in values}:
        if line.speaks(None, LISTED) and _signals([p for own, p in values if own == line], line):
            yield "limit", line.id


def _stands(said: Heard, known: list[Heard]) -> bool:
    newest: dict[str, str] = {}
    for each in known:
        if each.word is not None and each.word.target == said.digest:
            if each.word.word == "superseded":
                return False
            newest[each.word.issuer] = each.word.word
    return not {newest.get(said.issuer), newest.get(OPERATOR)} & {"suspended", "revoked"}


def _of_promise(
    schedule: Schedule, values: list[tuple[Line, Point]], day: dt.date
) -> Iterator[Matter]:
    window, ends = schedule.window, schedule.ends
    assert ends is not None
    grace = min(window, 30)
    if day > ends + grace * DAY:
        return
    counted = [(line, p) for line, p in values if schedule.takes(line, LISTED)]
    for line in {line for line, _ in counted}:
        judged = [
            p
            for own, p in counted
            if own == line
            and schedule.starts <= p.start
            and p.end <= ends
            and 10 * abs(p.days - window) <= window
        ]
        newest = max(judged, key=lambda p: (p.end, p.start, p.index, p.position), default=None)
        assert schedule.objective is not None
        if newest is not None and newest.value < schedule.objective.amount:
            yield "promise", f"{schedule.key}|{line.id}"
    measured = {
        p.start + n * DAY
        for _, p in counted
        if 10 * p.days <= 11 * window and p.start <= ends
        for n in range(p.days)
    }
    measured = {each for each in measured if each >= schedule.begins}
    last = max(measured, default=schedule.begins - DAY)
    run: list[dt.date] = []
    for n in range((last - schedule.begins).days + 1):
        each = schedule.begins + n * DAY
        if each not in measured:
            run.append(each)
            continue
        if run and 2 * len(run) >= window:
            yield "gap", f"{schedule.key}|{run[0]}"
        run = []
    rest = (ends - last).days
    if 2 * rest >= window and day > last + (window + grace) * DAY:
        yield "gap", f"{schedule.key}|{last + DAY}"


def _signals(points: list[Point], line: Line) -> bool:
    newest: dict[tuple[dt.date, dt.date], Point] = {}
    for point in sorted(points, key=lambda p: (p.index, p.position)):
        newest[point.end, point.start] = point
    ordered = [newest[period] for period in sorted(newest)]
    metric = catalogues.load().metric(line.metric)
    if len(ordered) <= 20:
        return False
    drawn = limits.limits(ordered[:20], form=metric.form)
    if drawn is None:
        return False
    worse = [min(drawn.distance(p), 0.0) for p in ordered[20:]]  # on-time delivery: less is worse
    found = stability.signals(worse, centre=0.0, sigma=1.0)
    return any(each.point == len(worse) - 1 for each in found)
