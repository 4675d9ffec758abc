"""Values in classes of equal width, with lines where limits, means and bounds lie."""

import math
from collections.abc import Sequence
from typing import Final

from openquality.plots import inks, svg
from openquality.plots.drawing import Mark

MOST_CLASSES: Final = 60
_ROUNDING: Final = 1.5  # a width becomes the next round number from a bit below it, not twice it
_HEADROOM: Final = 1.18  # above the bars, for the names of marks
_CURVE: Final = 120  # points of the normal curve


def histogram(
    values: Sequence[float],
    *,
    title: str,
    unit: str,
    marks: Sequence[Mark] = (),
    normal: tuple[float, float] | None = None,
    whole: bool = False,
) -> svg.Panel:
    """Draw values as bars: about 2·∛n classes (Rice) with round ends.

    `normal` adds the curve of this mean and sigma; with `whole` no class is narrower than 1.
    """
    low, high = min(values), max(values)
    step = _step(low, high, len(values), whole=whole)
    first = math.floor(low / step)
    counts: dict[int, int] = {}
    for value in values:
        place = math.floor(value / step + 1e-9) - first
        counts[place] = counts.get(place, 0) + 1
    left, right = first * step, (first + max(counts) + 1) * step
    reach = [mark.value for mark in marks]
    low_x, high_x = min(left, *reach), max(right, *reach)
    margin = 0.02 * (high_x - low_x)
    ticks = svg.nice(0, max(counts.values()))
    panel = svg.Panel(
        title,
        x=(low_x - margin, high_x + margin),
        y=(0, ticks[-1] * _HEADROOM),
        below=unit,
        beside="number in each class",
    )
    panel.ticks_beside(svg.words(ticks))
    for place, count in sorted(counts.items()):
        start = (first + place) * step
        panel.bar(start, start + step, count, words=f"{start:.6g} to {start + step:.6g}: {count}")
    if normal is not None and normal[1] > 0:
        _curve(panel, *normal, area=len(values) * step, ends=(low_x, high_x))
    below = [each for each in svg.nice(low_x, high_x) if low_x - margin <= each <= high_x + margin]
    panel.ticks_below(svg.words(below))
    for mark in sorted(marks, key=lambda each: each.value):
        panel.upright(mark.value, mark.words, ink=mark.ink, dashes=mark.dashes)
    return panel


def _step(low: float, high: float, n: int, *, whole: bool) -> float:
    classes = min(max(math.ceil(2 * n ** (1 / 3)), 5), MOST_CLASSES)
    width = (high - low) / classes
    if whole:
        return svg.nice_step(max(width / _ROUNDING, 1.0))
    return (
        svg.nice_step(width / _ROUNDING) if width > 0 else svg.nice_step(max(abs(low), 1.0) / 100)
    )


def _curve(
    panel: svg.Panel, mean: float, sigma: float, *, area: float, ends: tuple[float, float]
) -> None:
    points = []
    for place in range(_CURVE + 1):
        x = ends[0] + (ends[1] - ends[0]) * place / _CURVE
        height = (
            area * math.exp(-(((x - mean) / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))
        )
        points.append((x, min(height, panel.y.high)))
    panel.path(points, ink=inks.INK, width=1.25)
