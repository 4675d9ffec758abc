"""The product of the yields of steps in a row (rolled throughput yield).

With n that entered and g that passed each step, yᵢ = gᵢ/nᵢ, a gamma approximation to the
distribution of H = −Σ ln yᵢ:

    v = Σ (nᵢ−gᵢ)/(nᵢgᵢ)        w = max 1/gᵢ
    L = exp(−[(v+w²)/(2(H+w))]·χ²(0.95, 2(H+w)²/(v+w²))), 0 if any gᵢ = 0
"""

import math
from collections.abc import Sequence

from openquality_validator.message import message
from openquality_validator.statistics.estimates import LEVEL, Estimate, unusable


def rolled_yield(steps: Sequence[tuple[float, float]]) -> Estimate:
    """Return the product of passed/total over (passed, total) pairs, with its lower limit.

    All as fractions of 1. Counts divided by a design effect may be fractional. Raises InvalidInput
    (A090) without steps, or unless 0 ≤ passed ≤ total and total > 0 in each.
    """
    if not steps or any(not 0 <= passed <= total or total <= 0 for passed, total in steps):
        raise unusable(
            message("The steps are no chain of yields."),
            message(
                "Give for each step how many entered (at least one) and how many of them passed."
            ),
        )
    if any(passed == 0 for passed, _ in steps):
        return Estimate(0.0, 0.0, None)
    from scipy.special import gammaincinv

    value = math.prod(passed / total for passed, total in steps)
    loss = -math.fsum(math.log(passed / total) for passed, total in steps)
    variance = math.fsum((total - passed) / (total * passed) for passed, total in steps)
    # One pseudo-failure in the weakest step keeps a spotless record from claiming certainty.
    weight = max(1 / passed for passed, _ in steps)
    mean, spread = loss + weight, variance + weight * weight
    lower = math.exp(-spread / mean * float(gammaincinv(mean * mean / spread, LEVEL)))
    return Estimate(value, lower, None)
