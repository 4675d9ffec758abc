"""A quantity with a stated uncertainty of measurement.

JCGM 100 (GUM), section 6: an expanded uncertainty U with coverage factor k is k standard
uncertainties, so the one-sided 95 % limits are y ± z·U/k.
"""

from openquality_validator.message import message
from openquality_validator.statistics.estimates import Estimate, Z, unusable


def amount(
    value: float, *, expanded: float | None = None, coverage_factor: float | None = None
) -> Estimate:
    """Return the value with its limits; there are none unless both numbers are stated.

    Raises InvalidInput (A090) for a negative uncertainty or a coverage factor that is not positive.
    """
    if expanded is None or coverage_factor is None:
        return Estimate(value)
    if expanded < 0 or coverage_factor <= 0:
        raise unusable(
            message(
                "±{expanded} with coverage factor {coverage_factor} is no uncertainty.",
                expanded=expanded,
                coverage_factor=coverage_factor,
            ),
            message("State the expanded uncertainty as a distance, and its factor (often 2)."),
        )
    reach = Z * expanded / coverage_factor
    return Estimate(value, value - reach, value + reach)
