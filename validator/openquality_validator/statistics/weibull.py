"""The life that a tenth of items do not reach, from failures and items still running.

IEC 61649, clause on maximum likelihood; Meeker and Escobar, "Statistical Methods for Reliability
Data", sections 8.2 and 8.3. With r failures and, over all items, times tᵢ to failure or to the end
of observation, the shape β and the scale η of F(t) = 1 − exp(−(t/η)^β) solve

    r/β + Σ_failed ln tᵢ − r·Σ tᵢ^β·ln tᵢ / Σ tᵢ^β = 0        η = (Σ tᵢ^β / r)^(1/β)

B10 = η·c^(1/β) with c = −ln 0.9. Its limits are those of the likelihood ratio: the lives b at which
twice the fall of the log-likelihood, β being best for b, is t², with t the quantile of Student's t
of r − 1 degrees of freedom instead of z, which is our own: with z they hold too rarely when few
items failed. The simulated coverage stands in docs/spec/statistics.md.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from openquality_validator.message import message
from openquality_validator.statistics.estimates import LEVEL, Estimate, unusable

LEAST_FAILURES: Final = 5  # fewer hardly tell a shape
_C: Final = -math.log(0.9)
_LARGEST: Final = 600.0  # exponent whose powers, added up, a float still holds
_BEYOND: Final = 1e270  # stands for a sum that is larger
_EXACT: Final = 1e-12


@dataclass(frozen=True, slots=True)
class WeibullFit:
    """Hold the fitted shape and scale, B10 with its limits, and what it was fitted to.

    Scale and life are in the unit of the times.
    """

    shape: float
    scale: float
    life: Estimate
    tested: int
    failed: int


def weibull_fit(failed: Sequence[float], running: Sequence[float] = ()) -> WeibullFit:
    """Fit times to failure, and the times up to which the other items ran without one.

    Raises InvalidInput (A090) for a time that is not above zero, for fewer than five failures, or
    if no item failed before the longest time, which fits no shape.
    """
    every = [*failed, *running]
    longest = max(every, default=0.0)
    if min(every, default=0.0) <= 0 or len(failed) < LEAST_FAILURES or min(failed) == longest:
        raise unusable(
            message(
                "{count} failures and {count2} items running after up to {longest:g} fit no "
                "distribution of lives.",
                count=len(failed),
                count2=len(running),
                longest=longest,
            ),
            message(
                "Give times above zero of at least {least_failures} failures, not all at the end.",
                least_failures=LEAST_FAILURES,
            ),
        )
    from scipy.special import stdtrit

    # In units of the longest time no power overflows.
    logs = [math.log(time / longest) for time in every]
    r, of_failed = len(failed), math.fsum(logs[: len(failed)])

    def slope(shape: float) -> float:
        powers = [math.exp(shape * each) for each in logs]
        moment = math.fsum(p * each for p, each in zip(powers, logs, strict=True))
        return r / shape + of_failed - r * moment / math.fsum(powers)

    shape = _falling_root(slope, 1.0)
    scale = (math.fsum(math.exp(shape * each) for each in logs) / r) ** (1 / shape)
    best = math.log(scale) + math.log(_C) / shape
    profile = _Profile(logs, r, of_failed)
    top, allowed = profile.height(best), float(stdtrit(r - 1, LEVEL)) ** 2

    def limit(side: int) -> float:
        def spare(distance: float) -> float:
            return allowed - 2 * (top - profile.height(best + side * distance))

        return longest * math.exp(best + side * _falling_root(spare, 1.0))

    life = Estimate(longest * math.exp(best), limit(-1), limit(1))
    return WeibullFit(shape, longest * scale, life, len(every), r)


@dataclass(frozen=True, slots=True)
class _Profile:
    """Give the log-likelihood of a life, the shape being the best for it."""

    logs: Sequence[float]
    r: int
    of_failed: float

    def height(self, log_life: float) -> float:
        """Return it, but for a constant."""
        above = [each - log_life for each in self.logs]
        of_failed = self.of_failed - self.r * log_life

        def slope(shape: float) -> float:
            return self.r / shape + of_failed - _C * _sum(shape, above, above)

        shape = _falling_root(slope, 1.0)
        fixed = self.r * math.log(shape) + (shape - 1) * self.of_failed
        return fixed - self.r * shape * log_life - _C * _sum(shape, above, [1.0] * len(above))


def _sum(shape: float, logs: Sequence[float], weights: Sequence[float]) -> float:
    """Return Σ w·x^β, or a number that is beyond all others."""
    if shape * max(logs) > _LARGEST:
        return _BEYOND
    return math.fsum(w * math.exp(shape * each) for w, each in zip(weights, logs, strict=True))


def _falling_root(function: Callable[[float], float], start: float) -> float:
    """Return where a function that falls from above zero at 0 crosses zero."""
    from scipy.optimize import brentq

    low = high = start
    while function(high) > 0:
        low, high = high, 2 * high
    while function(low) < 0:
        low /= 2
    return float(brentq(function, low, high, xtol=_EXACT * low, rtol=_EXACT))
