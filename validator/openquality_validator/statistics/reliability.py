"""Mean time between failures and failure rate, for a constant failure rate.

IEC 60605-4 (exponential distribution): with a total time T, r failures and χ² the lower-tail
quantile,

    MTBF: T/r, L = 2T/χ²(0.95, 2r+2) when the time ends the test, 2T/χ²(0.95, 2r) when a failure
    does; failure rate: r/T, U = 1/L

Wear-out breaks it: a young fleet's failure rate says nothing of its old age.
"""

from openquality_validator.message import message
from openquality_validator.statistics.estimates import LEVEL, Estimate, unusable

TERMINATIONS = ("time", "failure")


def mean_time(failures: float, exposure: float, *, termination: str) -> Estimate:
    """Return the mean time between failures with its limits, in the unit of the exposure.

    Zero failures give a lower limit and no value. Failures divided by a design effect may be
    fractional. Raises InvalidInput (A090) for no exposure, a termination other than `time` or
    `failure`, or a test ended by a failure that did not happen.
    """
    if failures < 0 or exposure <= 0 or termination not in TERMINATIONS:
        raise unusable(
            message(
                "{failures} failures in {exposure}, ended by {termination!r}, give no time.",
                failures=failures,
                exposure=exposure,
                termination=termination,
            ),
            message("Give failures, a total time above zero, and `time` or `failure` as its end."),
        )
    ended_by_failure = termination == "failure"
    if ended_by_failure and failures == 0:
        raise unusable(
            message("A test ended by a failure has at least one."),
            message("Use `time` when no item failed."),
        )
    from scipy.special import gammaincinv

    # χ²(q, ν) = 2·P⁻¹(ν/2, q), P the regularised lower incomplete gamma function.
    lower = exposure / float(gammaincinv(failures if ended_by_failure else failures + 1, LEVEL))
    if failures == 0:
        return Estimate(None, lower, None)
    upper = exposure / float(gammaincinv(failures, 1 - LEVEL))
    return Estimate(exposure / failures, lower, upper)


def failure_rate(failures: float, exposure: float, *, termination: str) -> Estimate:
    """Return failures per unit of exposure with its limits; zero failures give the value 0."""
    time = mean_time(failures, exposure, termination=termination)
    return Estimate(
        failures / exposure,
        0.0 if time.upper is None else 1 / time.upper,
        None if time.lower is None else 1 / time.lower,
    )
