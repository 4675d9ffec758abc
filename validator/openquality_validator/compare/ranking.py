"""The order of an answer: by conservative bounds, deterministic, and each step shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from openquality_validator.compare.measurement import Measurement
from openquality_validator.statistics import estimates as bounds
from openquality_validator.wanted import Rate, Where

SortKey = tuple[int, float, int, str]
AT_TARGET = "target"  # the direction of a metric that is best at a target


@dataclass(frozen=True, slots=True)
class Indexed:
    """Place a measurement in the log: `index` is the log index of its statement.

    `rate` is the exchange rate by which its amounts were converted, if they were.
    """

    index: int
    measurement: Measurement
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """Show one weighted term of a score: `weight` is already divided by the sum of weights.

    `best` and `worst` are the bounds of all eligible rows between which it is normalised.
    """

    metric: str
    weight: Decimal
    bound: float | None
    normalised: float
    product: float
    best: float | None = None
    worst: float | None = None


def ranking_bound(measurement: Measurement, where: Where) -> float | None:
    """Return what ranks a value: the worst that its data still allow, or None.

    Without a target nothing ranks that is best at one.
    """
    if where.metric.direction == AT_TARGET and where.target is None:
        return None
    return bounds.ranking_bound(
        bounds.Estimate(measurement.value, measurement.lower, measurement.upper),
        direction=where.metric.direction,
        target=None if where.target is None else float(where.target),
    )


def sort_key(row: Indexed, where: Where) -> SortKey:
    """Order rows best first.

    A value without a bound never ranks above one that has a bound; among equals the earlier
    statement comes first, since its place in the log cannot be chosen afterwards.
    """
    bound = ranking_bound(row.measurement, where)
    badness = _sign(where) * (_unbounded(row.measurement, where) if bound is None else bound)
    return (int(bound is None), badness, row.index, row.measurement.claim)


def _unbounded(measurement: Measurement, where: Where) -> float:
    """Return what orders values without a bound among themselves: the value, or its distance."""
    value = measurement.value
    if value is None:
        return 0.0
    if where.metric.direction != AT_TARGET or where.target is None:
        return value
    return abs(value - float(where.target))


def scores(
    rows: Sequence[Sequence[Indexed]], wheres: Sequence[Where], weights: dict[str, Decimal]
) -> list[tuple[Term, ...]]:
    """Compute each row's weighted terms.

    Each row holds one value for each metric, in the order of `wheres`. A bound is normalised to
    (bound - worst) / (best - worst) over all rows given, 1 if they are all equal, and 0 for a
    value without a bound.
    """
    total = sum(weights.values(), Decimal(0))
    columns: list[list[Term]] = []
    for position, where in enumerate(wheres):
        weight = weights.get(where.metric.id, Decimal(0)) / total
        found = [ranking_bound(row[position].measurement, where) for row in rows]
        best, worst = _ends(found, where)
        columns.append(
            [
                Term(where.metric.id, weight, bound, share, float(weight) * share, best, worst)
                for bound, share in zip(found, _normalised(found, where), strict=True)
            ]
        )
    return [tuple(terms) for terms in zip(*columns, strict=True)] if columns else []


def merits(values: Sequence[Indexed], where: Where) -> list[float]:
    """Normalise the bounds of one metric's values as `scores` does."""
    return _normalised([ranking_bound(value.measurement, where) for value in values], where)


def _sign(where: Where) -> float:
    return -1.0 if where.metric.direction == "higherBetter" else 1.0


def _ends(found: Sequence[float | None], where: Where) -> tuple[float | None, float | None]:
    known = [bound for bound in found if bound is not None]
    if not known:
        return None, None
    ends = min(known), max(known)
    return ends if _sign(where) > 0 else (ends[1], ends[0])


def _normalised(found: Sequence[float | None], where: Where) -> list[float]:
    sign = _sign(where)
    known = [sign * bound for bound in found if bound is not None]
    if not known:
        return [0.0] * len(found)
    best, worst = min(known), max(known)
    if best == worst:
        return [0.0 if bound is None else 1.0 for bound in found]
    return [0.0 if b is None else (worst - sign * b) / (worst - best) for b in found]
