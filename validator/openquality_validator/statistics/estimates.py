"""The answer of every statistical form, and the one number of it that ranks."""

from dataclasses import dataclass

from openquality_validator.errors import InvalidInput
from openquality_validator.message import message

LEVEL = 0.95  # of each one-sided limit
Z = 1.6448536269514722  # the standard normal quantile at LEVEL


@dataclass(frozen=True, slots=True)
class Estimate:
    """Hold a value and its one-sided 95 % limits; None stands for "cannot be said"."""

    value: float | None
    lower: float | None = None
    upper: float | None = None


def ranking_bound(
    estimate: Estimate, *, direction: str, target: float | None = None
) -> float | None:
    """Return the limit that ranks: the worst that the data still allow.

    `higherBetter` gives the lower limit, `lowerBetter` the upper one, `target` the larger distance
    of a limit from the target. None means that the value never ranks above one with a bound.
    Raises InvalidInput (A091) for another direction, or `target` without a target.
    """
    if direction == "higherBetter":
        return estimate.lower
    if direction == "lowerBetter":
        return estimate.upper
    if direction != "target" or target is None:
        raise InvalidInput(
            "A091",
            message(
                "The direction {direction!r} with the target {target!r} does not rank.",
                direction=direction,
                target=target,
            ),
            message("Use higherBetter, lowerBetter, or target together with a target value."),
        )
    if estimate.lower is None or estimate.upper is None:
        return None
    return max(abs(estimate.lower - target), abs(estimate.upper - target))


def unusable(message: str, hint: str) -> InvalidInput:
    """Build the error of numbers that no form can evaluate (A090)."""
    return InvalidInput("A090", message, hint)
