"""Signals of a control chart: is the process stable enough to have a capability?

Western Electric, "Statistical Quality Control Handbook" (1956), zone tests, on subgroup means or
individual readings; σ is that of the plotted point, the same side counts alone:

    1  one point beyond 3σ
    2  two of three consecutive points beyond 2σ
    3  four of five consecutive points beyond 1σ
    4  eight consecutive points on one side of the centre line
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openquality_validator.statistics import samples


@dataclass(frozen=True, slots=True)
class Rule:
    """Describe a zone test: `needed` of `window` consecutive points beyond `sigmas`."""

    number: int
    needed: int
    window: int
    sigmas: float


@dataclass(frozen=True, slots=True)
class Signal:
    """Name the rule that fired, and the point (counted from 0) that completes its pattern."""

    rule: int
    point: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Hold a control chart: points in order, their centre line, and the sigma of each point."""

    points: tuple[float, ...]
    centre: float
    sigmas: tuple[float, ...]
    signals: tuple[Signal, ...]


RULES = (Rule(1, 1, 1, 3.0), Rule(2, 2, 3, 2.0), Rule(3, 4, 5, 1.0), Rule(4, 8, 8, 0.0))


def signals(points: Sequence[float], *, centre: float, sigma: float) -> tuple[Signal, ...]:
    """Return every signal in points of production order; none means stable.

    `sigma` is the standard deviation of one plotted point: σ/√m for means of m readings.
    """
    return tuple(
        Signal(rule.number, point)
        for rule in RULES
        for point in sorted(
            point
            for side in (1, -1)
            for point in _completed(
                rule, [side * (each - centre) > rule.sigmas * sigma for each in points]
            )
        )
    )


def control_chart(subgroups: samples.Subgroups, *, estimator: str) -> Chart:
    """Return the chart that belongs to the subgroups, with its signals.

    Single readings, and the estimators `movingRange` and `overall`, make a chart of individuals
    with sigma from moving ranges; other subgroups one of means, with sigma from within them by the
    estimator. Subgroups of different sizes each have limits of their own. Raises InvalidInput
    (A090) if the estimator does not fit the subgroups.
    """
    readings = [reading for group in subgroups for reading in group]
    centre = math.fsum(readings) / len(readings) if readings else 0.0
    if estimator in {"movingRange", "overall"}:
        within = samples.sigma(subgroups, estimator="movingRange")
        found = signals(readings, centre=centre, sigma=within)
        return Chart(tuple(readings), centre, (within,) * len(readings), found)
    within = samples.sigma(subgroups, estimator=estimator)
    means = tuple(math.fsum(group) / len(group) for group in subgroups)
    roots = [math.sqrt(len(group)) for group in subgroups]
    # In units of its own standard deviation, every mean stands on one chart.
    scaled = [(mean - centre) * root for mean, root in zip(means, roots, strict=True)]
    found = signals(scaled, centre=0.0, sigma=within)
    return Chart(means, centre, tuple(within / root for root in roots), found)


def _completed(rule: Rule, beyond: Sequence[bool]) -> Iterator[int]:
    """Yield the points that complete the pattern, given which lie beyond the zone on one side."""
    count = 0
    for point, is_beyond in enumerate(beyond):
        count += is_beyond - (beyond[point - rule.window] if point >= rule.window else 0)
        # The point must itself take part, so that a pattern fires once.
        if is_beyond and count >= rule.needed:
            yield point
