"""A control chart: points in the order of production, with the limits of three sigmas."""

from collections.abc import Sequence
from typing import Final

from openquality.plots import inks, svg
from openquality_validator.statistics.stability import Chart

MOST_POINTS: Final = 1_000  # beyond, each place on paper shows the lowest and highest of several


def control_chart(chart: Chart, *, unit: str, individuals: bool) -> svg.Panel:
    """Draw points, centre and limits; points that complete a pattern of the rules are red."""
    low = min(*chart.points, chart.centre - 3 * max(chart.sigmas))
    high = max(*chart.points, chart.centre + 3 * max(chart.sigmas))
    ticks = svg.nice(low, high)
    n = len(chart.points)
    kind = "readings" if individuals else "means of subgroups"
    state = "stable" if not chart.signals else f"{len(chart.signals)} signals"
    panel = svg.Panel(
        f"Control chart of {n} {kind}: {state}",
        x=(0, n + 1),
        y=(ticks[0], ticks[-1]),
        below=f"{'reading' if individuals else 'subgroup'}, in the order of production",
        beside=unit,
    )
    panel.ticks_beside(svg.words(ticks))
    step = max(svg.nice_step(n / 10), 1.0)
    panel.ticks_below(
        [(place * step, f"{place * step:.0f}") for place in range(1, int(n // step) + 1)]
    )
    _limits(panel, chart)
    rules: dict[int, list[int]] = {}
    for signal in chart.signals:
        rules.setdefault(signal.point, []).append(signal.rule)
    shown = _shown(chart.points)
    panel.path([(place + 1, chart.points[place]) for place in shown], ink=inks.DATA, width=1.25)
    radius = 3.0 if n <= MOST_POINTS // 5 else 1.6
    for place in shown:
        fired = rules.get(place, [])
        words = f"{place + 1}: {chart.points[place]:.6g}"
        if fired:
            words += f", rule {' and '.join(map(str, fired))}"
        ink = inks.LIMIT if fired else inks.DATA
        panel.point(
            place + 1, chart.points[place], ink=ink, radius=radius + bool(fired), words=words
        )
    return panel


def _limits(panel: svg.Panel, chart: Chart) -> None:
    panel.across(chart.centre, f"mean {chart.centre:.6g}", ink=inks.INK)
    if min(chart.sigmas) == max(chart.sigmas):
        for side, name in ((3, "+3σ"), (-3, "−3σ")):
            at = chart.centre + side * chart.sigmas[0]
            panel.across(at, f"{name} {at:.6g}", ink=inks.LIMIT, dashes="6 4")
        return
    for side in (3, -3):  # subgroups of different sizes have limits of their own
        stairs = [
            (place + 1 + half, chart.centre + side * sigma)
            for place, sigma in enumerate(chart.sigmas)
            for half in (-0.5, 0.5)
        ]
        panel.path(
            stairs, ink=inks.LIMIT, width=1.0 if len(chart.points) <= MOST_POINTS // 5 else 0.4
        )


def _shown(points: Sequence[float]) -> list[int]:
    """Return the places of the points to draw: all, or the lowest and highest of each stretch."""
    n = len(points)
    if n <= MOST_POINTS:
        return list(range(n))
    stretches = MOST_POINTS // 2
    found: set[int] = set()
    for stretch in range(stretches):
        places = range(stretch * n // stretches, (stretch + 1) * n // stretches)
        found |= {min(places, key=points.__getitem__), max(places, key=points.__getitem__)}
    return sorted(found)
