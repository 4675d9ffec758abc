"""Independent events over an exposure.

Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936): with x events in an
exposure T, χ² the lower-tail quantile,

    U = χ²(0.95, 2x+2) / 2T        L = χ²(0.05, 2x) / 2T, 0 if x = 0
"""

from openquality_validator.message import message
from openquality_validator.statistics.estimates import LEVEL, Estimate, unusable


def event_rate(events: float, exposure: float) -> Estimate:
    """Return events per unit of exposure with its exact limits.

    Events divided by a design effect may be fractional. Raises InvalidInput (A090) unless
    events ≥ 0 and exposure > 0.
    """
    if events < 0 or exposure <= 0:
        raise unusable(
            message(
                "{events} events over an exposure of {exposure} are no rate.",
                events=events,
                exposure=exposure,
            ),
            message("Count the events, and state the exposure that they happened in."),
        )
    from scipy.special import gammaincinv

    # χ²(q, ν) = 2·P⁻¹(ν/2, q), P the regularised lower incomplete gamma function.
    upper = float(gammaincinv(events + 1, LEVEL)) / exposure
    lower = 0.0 if events == 0 else float(gammaincinv(events, 1 - LEVEL)) / exposure
    return Estimate(events / exposure, lower, upper)
