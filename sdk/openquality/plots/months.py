"""Values from month to month, beside that of all, with the limits that chance keeps to."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from openquality.plots import inks, svg
from openquality.plots.drawing import no_plot
from openquality_validator.measure.days import Days

MOST_MONTHS: Final = 600
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Month = tuple[int, int]  # year, and month from 1
_MOST_TICKS: Final = 10
_RADIUS: Final = (2.5, 7.0)  # of the smallest and the largest month, in pixels


@dataclass(frozen=True, slots=True)
class Point:
    """Hold the value of a month, in words as well, and how much stands behind it.

    `limits` are where chance alone seldom leads beyond, given what stands behind it; None where
    there is no formula for them.
    """

    value: float
    words: str
    weight: float
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """Say between which values points lie, and in which unit."""

    unit: str
    low: float = 0.0
    high: float = math.inf


def months_of(days: Days) -> dict[Month, list[int]]:
    """Return what the rows added up by month; raises UnusableData M013 without dates."""
    if not days.months:
        raise no_plot(
            "No column tells in which month a row happened.",
            "Map one (`--column date=COLUMN`), if the file has it.",
        )
    found = dict(sorted(days.months.items()))
    first, last = place(min(found)), place(max(found))
    if last - first >= MOST_MONTHS:
        raise no_plot(
            f"From {name(first)} to {name(last)} there are more than {MOST_MONTHS} months.",
            "Check the dates, or state a shorter period (`--from` and `--to`).",
        )
    return found


def place(month: Month) -> int:
    """Return the place of a month on the scale of months."""
    return 12 * month[0] + month[1] - 1


def name(place: int) -> str:
    """Write the month at a place of the scale: `Jan 2026`."""
    return f"{MONTHS[place % 12]} {place // 12}"


def run_by_month(
    points: Mapping[Month, Point],
    *,
    title: str,
    scale: Scale,
    whole: tuple[float, str],
    bound: tuple[float, str] | None,
) -> svg.Panel:
    """Draw the value of each month as a point whose area grows with what stands behind it.

    Months without a row have no point, and no line leads over them. A point beyond its limits is
    red.
    """
    placed = {place(month): point for month, point in sorted(points.items())}
    first, last = min(placed), max(placed)
    panel = svg.Panel(
        title,
        x=(first - 0.6, last + 0.6),
        y=_reach(points, scale, [whole[0], *([] if bound is None else [bound[0]])]),
        below="month",
        beside=f"{scale.unit}; larger points stand for more",
    )
    ticks = [each for each in svg.nice(panel.y.low, panel.y.high) if _within(each, panel.y)]
    panel.ticks_beside(
        svg.words(ticks) if len(ticks) > 1 else [(each, f"{each:g}") for each in ticks]
    )
    every = math.ceil((last - first + 1) / _MOST_TICKS)
    panel.ticks_below([(each, name(each)) for each in range(first, last + 1, every)])
    panel.across(whole[0], whole[1], ink=inks.INK)
    if bound is not None:
        panel.across(bound[0], bound[1], ink=inks.BOUND, dashes="6 4")
    _limits(panel, placed, scale)
    for stretch in _stretches(placed):
        panel.path([(each, placed[each].value) for each in stretch], ink=inks.DATA)
    most = max(point.weight for point in placed.values())
    for each, point in placed.items():
        radius = _RADIUS[0] + (_RADIUS[1] - _RADIUS[0]) * math.sqrt(point.weight / most)
        beyond = point.limits is not None and not point.limits[0] <= point.value <= point.limits[1]
        words = f"{name(each)}: {point.words}{', beyond its limits' if beyond else ''}"
        ink = inks.LIMIT if beyond else inks.DATA
        panel.point(each, point.value, ink=ink, radius=radius, words=words)
    return panel


def _limits(panel: svg.Panel, placed: Mapping[int, Point], scale: Scale) -> None:
    """Draw the limits of each month, as wide as the month; none where no value lies beyond."""
    for side, end, sign in ((1, scale.high, "+"), (0, scale.low, "−")):
        limits = {
            each: point.limits[side]
            for each, point in placed.items()
            if point.limits is not None and point.limits[side] != end
        }
        for stretch in _stretches(limits):
            stairs = [(each + half, limits[each]) for each in stretch for half in (-0.5, 0.5)]
            panel.path(stairs, ink=inks.LIMIT, width=1, dashes="4 3")
        if limits:
            panel.aside(limits[max(limits)], f"{sign}3σ of a month", ink=inks.LIMIT)


def _stretches(placed: Iterable[int]) -> list[list[int]]:
    """Return the months that follow one another."""
    found: list[list[int]] = []
    for each in placed:
        if found and each == found[-1][-1] + 1:
            found[-1].append(each)
        else:
            found.append([each])
    return found


def _reach(points: Mapping[Month, Point], scale: Scale, others: list[float]) -> tuple[float, float]:
    """Return the ends of the scale of values: round, and never beyond what a value can be."""
    seen = [*others, *(point.value for point in points.values())]
    seen += [limit for point in points.values() for limit in point.limits or ()]
    ticks = svg.nice(min(seen), max(seen))
    low, high = max(ticks[0], scale.low), min(ticks[-1], scale.high)
    if low == high:
        low, high = max(low - 1, scale.low), min(high + 1, scale.high)
    return low, high


def _within(value: float, scale: svg.Scale) -> bool:
    slack = 1e-9 * (scale.high - scale.low)
    return scale.low - slack <= value <= scale.high + slack
