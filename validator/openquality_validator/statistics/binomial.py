"""The share of independent things that meet a condition.

Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26 (1934): with x of n, B the lower-tail beta quantile,

    U = B(0.95; x+1, n−x), 1 if x = n        L = B(0.05; x, n−x+1), 0 if x = 0
"""

from openquality_validator.message import message
from openquality_validator.statistics.estimates import LEVEL, Estimate, unusable


def clopper_pearson(numerator: float, denominator: float) -> Estimate:
    """Return the share numerator/denominator with its exact limits, all as fractions of 1.

    Counts divided by a design effect may be fractional. Raises InvalidInput (A090) unless
    0 ≤ numerator ≤ denominator and denominator > 0.
    """
    if not 0 <= numerator <= denominator or denominator <= 0:
        raise unusable(
            message(
                "{numerator} of {denominator} is not a share.",
                numerator=numerator,
                denominator=denominator,
            ),
            message("Count the things that meet the condition among at least one counted thing."),
        )
    from scipy.special import betaincinv

    misses = denominator - numerator
    upper = 1.0 if misses == 0 else float(betaincinv(numerator + 1, misses, LEVEL))
    lower = 0.0 if numerator == 0 else float(betaincinv(numerator, misses + 1, 1 - LEVEL))
    return Estimate(numerator / denominator, lower, upper)
