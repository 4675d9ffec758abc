"""The net score: the share of promoters less the share of detractors, times 100.

Tango, "Equivalence test and confidence interval for the difference in proportions for the
paired-sample design", Statistics in Medicine 17 (1998): the score limit is the Δ at which

    (P−D−nΔ) / √(n·(2d+Δ(1−Δ))) = z
    d the larger root of 2n·d² + ((2n−P+D)Δ−P−D)·d − D·Δ(1−Δ) = 0

and U(P, D) = −L(D, P).
"""

import math

from openquality_validator.message import message
from openquality_validator.statistics.estimates import Estimate, Z, unusable

SCALE = 100.0  # a net score of 0.49 is spoken of as 49
HALVINGS = 60  # of an interval of at most 2: beyond the precision of a float


def net_score(promoters: float, passives: float, detractors: float) -> Estimate:
    """Return the net score on the scale −100 to 100 with its limits.

    Counts divided by a design effect may be fractional. Raises InvalidInput (A090) for a negative
    count or no answers.
    """
    n = promoters + passives + detractors
    if min(promoters, passives, detractors) < 0 or n <= 0:
        raise unusable(
            message(
                "{promoters}, {passives} and {detractors} answers are no net score.",
                promoters=promoters,
                passives=passives,
                detractors=detractors,
            ),
            message("Count the answers in each of the three groups."),
        )
    return Estimate(
        SCALE * (promoters - detractors) / n,
        SCALE * _lower(promoters, detractors, n),
        -SCALE * _lower(detractors, promoters, n),
    )


def _lower(up: float, down: float, n: float) -> float:
    low, high = -1.0, (up - down) / n
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        # The score falls as Δ grows: above z the limit lies further up.
        if _exceeds(middle, up, down, n):
            low = middle
        else:
            high = middle
    return low


def _exceeds(delta: float, up: float, down: float, n: float) -> bool:
    spread = delta * (1 - delta)
    half = (2 * n - up + down) * delta - up - down
    root = (math.sqrt(max(half * half + 8 * n * down * spread, 0.0)) - half) / (4 * n)
    variance = n * (2 * root + spread)
    distance = up - down - n * delta
    return distance > Z * math.sqrt(max(variance, 0.0))
