"""Control limits of a line, and the signals of its newest value.

The limits come from the first 20 periods of the line and stay (phase I, then phase II: Montgomery,
Introduction to Statistical Quality Control, chapter 6, asks for 20 to 25 preliminary samples). Each
value stands on the chart of its form, in units of its own standard deviation:

    p chart      ratios, x of n:             p̄ = Σx/Σn, σ = √(p̄(1−p̄)/n)
    u chart      rates, x events in T:       ū = Σx/ΣT, σ = √(ū/T)
    individuals  every other form:           x̄, σ = mean moving range / d₂

(NIST/SEMATECH e-Handbook 6.3.3.2, 6.3.3.1, 6.3.2.2.) The zone tests are those of `stability`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from openquality_validator.conformity.point import RATE, RATIO, Point
from openquality_validator.statistics import stability
from openquality_validator.statistics.control_constants import MOVING_RANGE_SPAN, d2

BASE = 20  # periods before limits mean anything
WINDOW = max(rule.window for rule in stability.RULES)  # values that a pattern can take


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold the centre line of a chart, in the unit of the values, and what gives each its sigma.

    `spread` is the sigma of a value of size 1, `scale` turns counted shares into values.
    """

    chart: str
    centre: float
    spread: float

    def sigma(self, point: Point) -> float:
        """Return the standard deviation of one value."""
        return self.spread if point.size is None else self.spread / math.sqrt(point.size)

    def distance(self, point: Point) -> float:
        """Return how far a value lies from the centre, in its own standard deviations."""
        return (float(point.value) - self.centre) / self.sigma(point)


def limits(points: Sequence[Point], *, form: str) -> Limits | None:
    """Derive the limits from the values of a base, or None where they do not vary at all."""
    if form in {RATIO, RATE}:
        return _counted(points, form)
    values = [float(point.value) for point in points]
    ranges = [abs(after - before) for before, after in pairwise(values)]
    spread = math.fsum(ranges) / len(ranges) / d2(MOVING_RANGE_SPAN)
    return Limits("individuals", math.fsum(values) / len(values), spread) if spread else None


def _counted(points: Sequence[Point], form: str) -> Limits | None:
    found = [(p.count, p.size, float(p.value)) for p in points]
    count = math.fsum(x or 0 for x, _, _ in found)
    size = math.fsum(n or 0 for _, n, _ in found)
    mean = count / size
    variance = mean * (1 - mean) if form == RATIO else mean
    if variance <= 0:
        return None
    # What one counted case is worth in the unit of the values: 100 for a share in per cent.
    scale = math.fsum(value * (n or 0) for _, n, value in found) / count
    return Limits("p" if form == RATIO else "u", mean * scale, math.sqrt(variance) * scale)


def signals(
    found: Limits, points: Sequence[Point], *, direction: str
) -> tuple[stability.Signal, ...]:
    """Return the signals that the last of the points completes, on the side that is worse.

    A value that is better than the limits is no deviation; where a metric is best at a target,
    both sides are. The points are those after the base, in the order of their periods.
    """
    distances = [found.distance(point) for point in points[-WINDOW:]]
    if direction == "higherBetter":
        distances = [min(each, 0.0) for each in distances]
    elif direction == "lowerBetter":
        distances = [max(each, 0.0) for each in distances]
    last = len(distances) - 1
    every = stability.signals(distances, centre=0.0, sigma=1.0)
    return tuple(each for each in every if each.point == last)
