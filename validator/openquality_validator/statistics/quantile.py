"""Quantiles of ordered values, with limits that hold for any distribution.

With X₍₁₎ ≤ … ≤ X₍ₙ₎ the value is X₍⌈np⌉₎. X₍ᵣ₎ is an upper limit for the quantile p if
BinomCDF(r−1; n, p) ≥ 0.95, and a lower one if BinomCDF(r−1; n, p) ≤ 0.05 (David and Nagaraja,
"Order Statistics", 3rd edition, section 7.1). Where no rank does, there is no bound: an upper one
needs n of at least 5 for the median, 29 for the 90th and 59 for the 95th percentile.
"""

import math
from collections.abc import Sequence

from openquality_validator.message import message
from openquality_validator.statistics.estimates import LEVEL, Estimate, unusable

SLACK = 1e-9  # 100·0.9 in binary floating point must not become rank 91


def value_rank(n: int, p: float) -> int:
    """Return the rank ⌈np⌉ of the value itself, from 1 to n."""
    return min(max(math.ceil(n * p - SLACK), 1), n)


def upper_rank(n: int, p: float) -> int | None:
    """Return the smallest rank whose value is an upper limit, or None if n is too small."""
    if not rank_bounds_above(n, n, p):
        return None
    low, high = value_rank(n, p) - 1, n
    while high - low > 1:
        middle = (low + high) // 2
        if rank_bounds_above(middle, n, p):
            high = middle
        else:
            low = middle
    return high


def lower_rank(n: int, p: float) -> int | None:
    """Return the largest rank whose value is a lower limit, or None if n is too small."""
    mirrored = upper_rank(n, 1 - p)
    return None if mirrored is None else n + 1 - mirrored


def rank_bounds_above(rank: float, n: float, p: float) -> bool:
    """Return whether the value at a rank is an upper limit for the quantile p.

    Rank and n divided by a design effect may be fractional.
    """
    if not 0 < rank <= n:
        return False
    from scipy.special import betainc

    # BinomCDF(r−1; n, p) = I(1−p; n−r+1, r), which is also defined between whole numbers.
    return float(betainc(n - rank + 1, rank, 1 - p)) >= LEVEL


def rank_bounds_below(rank: float, n: float, p: float) -> bool:
    """Return whether the value at a rank is a lower limit for the quantile p."""
    return rank_bounds_above(n + 1 - rank, n, 1 - p)


def quantile(ordered: Sequence[float], p: float) -> Estimate:
    """Return the quantile p of values in ascending order, with the limits that n allows.

    Raises InvalidInput (A090) without values, or unless 0 < p < 1.
    """
    n = len(ordered)
    if n == 0 or not 0 < p < 1:
        raise unusable(
            message("There is no quantile {p} of {n} values.", p=p, n=n),
            message("Give values, and a share between 0 and 1."),
        )
    low, high = lower_rank(n, p), upper_rank(n, p)
    return Estimate(
        ordered[value_rank(n, p) - 1],
        None if low is None else ordered[low - 1],
        None if high is None else ordered[high - 1],
    )
