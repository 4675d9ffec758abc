"""A log of outages: how much of each month was up, and a line of time with every outage."""

import math
from collections.abc import Sequence
from datetime import MAXYEAR, datetime, timedelta
from typing import Final

from openquality.plots import inks, svg
from openquality.plots.drawing import no_plot
from openquality.plots.months import MONTHS, MOST_MONTHS, Month
from openquality_validator.measure.availability import Outages

MOST_OUTAGES: Final = 1_000  # on the line of time; of more, the longest of each stretch
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_AT_LEAST: Final = 2  # of a unit last the longest: then the unit is not too large
_SECOND: Final = timedelta(seconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_MOST_TICKS: Final = 9
_MOST_DAYS: Final = 62  # beyond, the scale shows months
_LEAST_WIDTH: Final = 3 / (svg.WIDTH - svg.LEFT - svg.RIGHT)  # of the line: what is seen


def by_month(tally: Outages) -> dict[Month, tuple[int, int]]:
    """Return the microseconds up and down of each month of the period."""
    first, end = tally.window
    if (end.year - first.year) * 12 + end.month - first.month > MOST_MONTHS:
        raise no_plot(
            f"The period has more than {MOST_MONTHS} months.", "State a shorter one (`--from`)."
        )
    found = {month: (up // _MICROSECOND, 0) for month, up in _parts(first, end)}
    for start, stop in tally.outages():
        for month, lasted in _parts(start, stop):
            up, down = found[month]
            took = lasted // _MICROSECOND
            found[month] = up - took, down + took
    return found


def timeline(tally: Outages) -> tuple[str, svg.Panel]:
    """Draw each outage where it was, as high as it lasted; return that in words, too."""
    first, end = tally.window
    found = tally.outages()
    longest = max(found, key=_lasted, default=(first, first))
    unit, seconds = next((u for u in _UNITS if _lasted(longest) >= _AT_LEAST * u[1]), _UNITS[-1])
    ticks = svg.nice(0, _lasted(longest) / seconds if found else 1)
    shown = _shown(found, tally.window)
    panel = svg.Panel(
        f"Outages: {len(found)}",
        x=(0, (end - first) / _SECOND),
        y=(0, ticks[-1]),
        below="when" if len(shown) == len(found) else "when; where many are close, the longest",
        beside=f"{unit} that each lasted",
    )
    panel.ticks_beside(svg.words(ticks))
    panel.ticks_below(_days(first, end))
    least = _LEAST_WIDTH * panel.x.high
    for start, stop in shown:
        left, right = (start - first) / _SECOND, (stop - first) / _SECOND
        height = _lasted((start, stop)) / seconds
        words = f"{start:%Y-%m-%d %H:%M} to {stop:%Y-%m-%d %H:%M}: {height:.4g} {unit}"
        panel.bar(left, max(right, left + least), height, words=words, ink=inks.LIMIT)
    if not found:
        return "There was no outage.", panel
    took = f"{_lasted(longest) / seconds:.4g} {unit} from {longest[0]:%Y-%m-%d %H:%M}"
    return f"A line of time with {len(found)} outages; the longest lasted {took}.", panel


def _lasted(outage: tuple[datetime, datetime]) -> float:
    return (outage[1] - outage[0]) / _SECOND


def _shown(
    found: Sequence[tuple[datetime, datetime]], window: tuple[datetime, datetime]
) -> list[tuple[datetime, datetime]]:
    """Return all outages, or of too many the longest that starts in each stretch of time."""
    if len(found) <= MOST_OUTAGES:
        return list(found)
    stretch = (window[1] - window[0]) / MOST_OUTAGES
    longest: dict[int, tuple[datetime, datetime]] = {}
    for each in found:
        place = (each[0] - window[0]) // stretch
        longest[place] = max(longest.get(place, each), each, key=_lasted)
    return list(longest.values())


def _parts(start: datetime, end: datetime) -> list[tuple[Month, timedelta]]:
    """Part a stretch of time by months."""
    found = []
    while start < end:
        year, month = divmod(12 * start.year + start.month, 12)  # from 0 on, so the next month
        until = end
        if year <= MAXYEAR:
            until = min(datetime(year, month + 1, 1, tzinfo=start.tzinfo), end)
        found.append(((start.year, start.month), until - start))
        start = until
    return found


def _days(first: datetime, end: datetime) -> list[tuple[float, str]]:
    """Return days at even steps, or the first days of months where there are many."""
    days = (end - first).days
    if days > _MOST_DAYS:
        months = [month for month, _ in _parts(first, end)]
        step = math.ceil(len(months) / _MOST_TICKS)
        turns = [datetime(*month, 1, tzinfo=first.tzinfo) for month in months[::step]]
        shown = [(max(turn, first), f"{MONTHS[turn.month - 1]} {turn.year}") for turn in turns]
    else:
        step = math.ceil(days / _MOST_TICKS)
        turns = [first + timedelta(days=each) for each in range(0, days, step)]
        shown = [(turn, f"{turn.day} {MONTHS[turn.month - 1]}") for turn in turns]
    return [((turn - first) / _SECOND, words) for turn, words in shown]
