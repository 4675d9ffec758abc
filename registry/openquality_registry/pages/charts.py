"""Charts inside pages: SVG made here, whose inks the style sheet replaces in the dark."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Final
from xml.etree import ElementTree as ET

from markupsafe import Markup

from openquality.language import local
from openquality.plots import inks, svg
from openquality.plots.drawing import Mark
from openquality.plots.histogram import histogram
from openquality_registry.adapters.sql.history import Point
from openquality_registry.pages import words
from openquality_validator.catalogue import Metric
from openquality_validator.message import message

SIZE: Final = (600, 250)
FEWEST: Final = 2  # periods that make a trend
FEWEST_PEERS: Final = 5  # values that make a distribution
_NEXT: Final = 3  # days between two periods that still follow one another


@dataclass(frozen=True, slots=True)
class Trend:
    """Hold a chart over periods, and what it shows as rows: newest last."""

    chart: Markup
    points: tuple[Point, ...]


def trend(
    points: Sequence[Point], metric: Metric, *, name: str, scale: float = 1.0
) -> Trend | None:
    """Draw the values of a series over time, or None where there are fewer than two periods.

    Each value is a line as long as its period; where nothing was measured there is nothing.
    Values are shown `scale` times as large as the index has them.
    """
    shown = tuple(_scaled(point, scale) for point in _by_period(points))
    if len(shown) < FEWEST:
        return None
    ends = [(_day(p.start), _day(p.end)) for p in shown]
    numbers = [n for p in shown for n in (p.value, _bound(p, metric)) if n is not None]
    ticks = svg.nice(min(numbers), max(numbers))
    first, last = ends[0][0], max(end for _, end in ends)
    margin = max((last - first) * 0.02, 1)
    unit, label = words.unit(metric.canonical_unit), message(metric.label)
    panel = svg.Panel(
        local(message("{metric} over time", metric=label)),
        x=(first - margin, last + margin),
        y=(ticks[0], ticks[-1]),
        below=local(message("bars: the measured periods; empty: not measured")),
        beside=unit or local(label),
        size=SIZE,
    )
    panel.ticks_beside(svg.words(ticks))
    panel.ticks_below(_dates(first, last))
    for point, (start, end) in zip(shown, ends, strict=True):
        assert point.value is not None
        middle = (start + end) / 2
        bound = _bound(point, metric)
        if bound is not None:
            panel.path([(middle, point.value), (middle, bound)], ink=inks.BOUND, width=1.5)
        panel.path([(start, point.value), (end, point.value)], ink=inks.DATA, width=3)
        said = _said(point, unit)
        panel.point(middle, point.value, ink=inks.DATA, radius=4, words=said)
    for (a, (_, end)), (b, (start, _)) in pairwise(zip(shown, ends, strict=True)):
        if start - end <= _NEXT:
            assert a.value is not None
            assert b.value is not None
            panel.path([(end, a.value), (start, b.value)], ink=inks.DATA, width=1)
    gaps = sum(b[0] - a[1] > _NEXT for a, b in pairwise(ends))
    described = message(
        "{points}. Gaps without a measurement: {gaps}.",
        points="; ".join(_said(point, unit) for point in shown),
        gaps=gaps,
    )
    title = message("{metric} over {count} periods", metric=label, count=len(shown))
    return Trend(_inline(panel, title, described, name), shown)


def _said(point: Point, unit: str) -> str:
    assert point.value is not None
    return local(
        message(
            "{start} to {end}: {amount}",
            start=point.start,
            end=point.end,
            amount=f"{words.decimal(f'{point.value:.4g}')} {unit}".strip(),
        )
    )


def distribution(bounds: Sequence[float], metric: Metric, *, name: str) -> Markup | None:
    """Draw how comparable values spread, or None where there are fewer than five."""
    if len(bounds) < FEWEST_PEERS:
        return None
    unit, label = words.unit(metric.canonical_unit), message(metric.label)
    middle = median(bounds)
    panel = histogram(
        bounds,
        title=local(message("{count} comparable values", count=len(bounds))),
        unit=unit or local(label),
        marks=(Mark(middle, local(message("middle {amount:.4g}", amount=middle)), inks.INK),),
    )
    low, high = min(bounds), max(bounds)
    said = message(
        "From {low:.4g} to {high:.4g} {unit}, the middle one {middle:.4g}.",
        low=low,
        high=high,
        unit=unit,
        middle=middle,
    )
    return _inline(panel, message("Distribution of {metric}", metric=label), said, name)


def _inline(panel: svg.Panel, title: str, description: str, name: str) -> Markup:
    width, height = panel.size
    root = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {width} {height}",
            "class": "chart",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-description",
        },
    )
    ET.SubElement(root, "title", {"id": f"{name}-title"}).text = svg.printable(local(title))
    ET.SubElement(root, "desc", {"id": f"{name}-description"}).text = svg.printable(
        local(description)
    )
    root.append(panel.group)
    # ElementTree has escaped every text.
    return Markup(ET.tostring(root, encoding="unicode", short_empty_elements=False))  # noqa: S704


def _by_period(points: Sequence[Point]) -> tuple[Point, ...]:
    """Keep what stands: of each period the newest entry; points come newest first."""
    found: dict[tuple[str, str], Point] = {}
    for point in points:
        if point.withdrawn or point.value is None or not (point.start and point.end):
            continue
        found.setdefault((point.start, point.end), point)
    return tuple(found[period] for period in sorted(found))


def _scaled(point: Point, scale: float) -> Point:
    def times(number: float | None) -> float | None:
        return None if number is None else number * scale

    return replace(
        point, value=times(point.value), lower=times(point.lower), upper=times(point.upper)
    )


def _bound(point: Point, metric: Metric) -> float | None:
    return point.lower if metric.direction == "higherBetter" else point.upper


def _day(text: str | None) -> int:
    assert text is not None
    return dt.date.fromisoformat(text).toordinal()


def _dates(first: int, last: int) -> list[tuple[float, str]]:
    """Name up to five months between two days."""
    step = max((last - first) // 4, 1)
    shown = range(first, last + 1, step)
    return [(day, f"{dt.date.fromordinal(day):%b %Y}") for day in shown]
