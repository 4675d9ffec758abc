"""The mean of skewed values, such as times to repair.

Johnson, "Modified t tests and confidence intervals for asymmetrical populations", Journal of the
American Statistical Association 73 (1978), used on the side where it widens: with g = m₃/m₂^1.5
and t the 95 % quantile of Student's distribution with n−1 degrees of freedom,

    U = x̄ + t·s/√n + max(g, 0)·s·(1+2t²)/(6n)        L = x̄ − t·s/√n + min(g, 0)·s·(1+2t²)/(6n)
"""

import math

from openquality_validator.message import message
from openquality_validator.statistics.estimates import LEVEL, Estimate, unusable

LEAST_N = 50  # below, skewed data break the bound; report median and p90 instead


def mean(value: float, *, n: float, standard_deviation: float, skewness: float) -> Estimate:
    """Return the mean with its limits, in the unit of value and standard deviation.

    There are no limits below n = 50. Raises InvalidInput (A090) for a negative standard deviation
    or n.
    """
    if n < 0 or standard_deviation < 0:
        raise unusable(
            message(
                "A mean of {n} values with standard deviation {standard_deviation} does not exist.",
                n=n,
                standard_deviation=standard_deviation,
            ),
            message("State how many values there are, and a standard deviation of at least zero."),
        )
    if n < LEAST_N:
        return Estimate(value)
    from scipy.special import stdtrit

    t = float(stdtrit(n - 1, LEVEL))
    reach = t * standard_deviation / math.sqrt(n)
    skew = skewness * standard_deviation * (1 + 2 * t * t) / (6 * n)
    return Estimate(value, value - reach + min(skew, 0.0), value + reach + max(skew, 0.0))
