"""Arithmetic of counts, durations and events: a value must follow from its data.

"Equals" means that the exact result rounds to the stated value, at the precision in which the value
is written. All arithmetic is over integers and fractions, so no rounding of ours enters.
"""

from fractions import Fraction
from math import prod

from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.quantities import with_unit
from openquality_validator.rules.claim import Claim, Json, Problems, brief, rounds_to
from openquality_validator.rules.rule import QUANTIFIED, Rule

_TIME = "time"
_SECONDS_PER_HOUR = 3600  # rates of events count per hour, time counts in seconds
_POINTS = 100  # a net score of a half is spoken of as 50
_DIVISORS = (
    "exposure",
    "declaredUnit",
    "declaredUnitMass",
    "quantityBasis",
    "window",
    "studyPeriod",
)


def _disagrees(claim: Claim, numerator: int, denominator: int, *, scale: int = 1) -> Problems:
    """Compare the value with the exact result, given in the base unit of the value's quantity."""
    value = claim.data.get("value")
    unit = claim.catalogue.units.get(value["unit"]) if value else None
    metric = claim.metric
    if value is None or unit is None or metric is None:
        return
    if unit.quantity_kind != metric.quantity_kind:  # C004 says so
        return
    factor = unit.factor / scale if scale > 1 and unit.code == "1" else unit.factor
    if not rounds_to(value["amount"], numerator, denominator, factor=factor):
        exact = brief(Fraction(numerator, denominator) / factor)
        yield (
            "/value/amount",
            message(
                "The value is {with_unit}, its data give {exact}.",
                with_unit=with_unit(value["amount"], value["unit"]),
                exact=exact,
            ),
        )


def _in_base(claim: Claim, quantity: Json) -> Fraction:
    unit = claim.catalogue.units.get(quantity["unit"])
    amount = Fraction(quantity["amount"])
    if unit is None:
        return amount
    base = amount * unit.factor
    return base / _SECONDS_PER_HOUR if unit.quantity_kind == _TIME else base


def ratio(claim: Claim) -> Problems:
    """A share equals its numerator divided by its denominator."""
    counts = claim.data["counts"]
    yield from _disagrees(claim, counts["numerator"], counts["denominator"])


def part_of_whole(claim: Claim) -> Problems:
    """A numerator is never larger than its denominator."""
    counts = claim.data["counts"]
    if counts["numerator"] > counts["denominator"]:
        yield (
            "/counts/numerator",
            message(
                "{numerator} of {denominator} is more than all.",
                numerator=counts["numerator"],
                denominator=counts["denominator"],
            ),
        )


def event_rate(claim: Claim) -> Problems:
    """A rate equals its events divided by its exposure."""
    exposure = _in_base(claim, claim.data["exposure"])
    if exposure > 0:
        events = claim.data["events"] * exposure.denominator
        yield from _disagrees(claim, events, exposure.numerator)


def divisor(claim: Claim) -> Problems:
    """A quantity that others are divided by (exposure, declared unit, window, …) is above zero."""
    for name in _DIVISORS:
        quantity = claim.data.get(name)
        if quantity is not None and not quantity["amount"].strip("0."):
            yield f"/{name}/amount", message("The amount is {amount}.", amount=quantity["amount"])


def opportunities(claim: Claim) -> Problems:
    """Opportunities for defects are units times opportunities per unit."""
    counts = claim.data["counts"]
    if "units" not in counts:
        return
    product = counts["units"] * counts["opportunitiesPerUnit"]
    if _in_base(claim, claim.data["exposure"]) != product:
        yield (
            "/exposure/amount",
            message(
                "The counts give {product}, the exposure says {amount}.",
                product=product,
                amount=claim.data["exposure"]["amount"],
            ),
        )


def availability(claim: Claim) -> Problems:
    """A share of time equals the time up divided by the time up and down."""
    up, down = (Fraction(claim.data["durations"][name]) for name in ("up", "down"))
    if up + down > 0:
        share = up / (up + down)
        yield from _disagrees(claim, share.numerator, share.denominator)


def outages(claim: Claim) -> Problems:
    """Time down and outages go together: without the one there is none of the other."""
    count = claim.data["outages"]
    down = claim.data["durations"]["down"]
    if (count == 0) != (not down.strip("0.")):
        yield (
            "/outages",
            message(
                "{count} outages do not go with a time down of {down}.", count=count, down=down
            ),
        )


def net_score(claim: Claim) -> Problems:
    """A net score is the promoters less the detractors, per hundred answers."""
    counts = claim.data["counts"]
    answers = counts["promoters"] + counts["passives"] + counts["detractors"]
    if answers:
        balance = counts["promoters"] - counts["detractors"]
        yield from _disagrees(claim, balance, answers, scale=_POINTS)


def rolled_yield(claim: Claim) -> Problems:
    """A rolled yield is the product of the yields of its steps."""
    steps = claim.data["steps"]
    yield from _disagrees(claim, prod(s["passed"] for s in steps), prod(s["total"] for s in steps))


def step_yield(claim: Claim) -> Problems:
    """No step passes more units than entered it."""
    for index, step in enumerate(claim.data["steps"]):
        if step["passed"] > step["total"]:
            yield (
                f"/steps/{index}/passed",
                message(
                    "{passed} of {total} is more than all.",
                    passed=step["passed"],
                    total=step["total"],
                ),
            )


def time_to_failure(claim: Claim) -> Problems:
    """A mean time between failures is exposure over failures; a failure rate is the inverse."""
    failures, exposure = claim.data["failures"], claim.data["exposure"]
    time = _in_base(claim, exposure)
    if not time or "value" not in claim.data:
        return
    if not _is_time(claim):
        rate = failures / time
        yield from _disagrees(claim, rate.numerator, rate.denominator)
    elif failures:
        mean = time * _SECONDS_PER_HOUR / failures
        yield from _disagrees(claim, mean.numerator, mean.denominator)


def failures_seen(claim: Claim) -> Problems:
    """A test ended by a failure has one; without failures there is no mean time between them."""
    if claim.data["failures"]:
        return
    if claim.data["termination"] == "failure":
        yield "/termination", message("No failure is stated, and one ended the test.")
    elif "value" in claim.data and _is_time(claim):
        yield "/value", message("No failure is stated, so there is a bound and no value.")


def _is_time(claim: Claim) -> bool:
    return claim.metric is not None and claim.metric.quantity_kind == _TIME


RULES = (
    Rule(
        "A001",
        Severity.ERROR,
        ratio,
        message(
            "Compute the value from the counts again, and round it only as far as you write it."
        ),
        frozenset({"binomialRatio"}),
    ),
    Rule(
        "A002",
        Severity.ERROR,
        part_of_whole,
        message("Check both counts."),
        frozenset({"binomialRatio"}),
    ),
    Rule(
        "A003",
        Severity.ERROR,
        event_rate,
        message(
            "Compute the value from events and exposure again; check the unit of the exposure."
        ),
        frozenset({"eventRate"}),
    ),
    Rule(
        "A004",
        Severity.ERROR,
        divisor,
        message("State how much was observed or promised."),
        QUANTIFIED,
        " ".join(_DIVISORS),
    ),
    Rule(
        "A005",
        Severity.ERROR,
        opportunities,
        message("Check the three numbers."),
        frozenset({"eventRate"}),
        member="counts",
    ),
    Rule(
        "A006",
        Severity.ERROR,
        availability,
        message("Compute the value from the durations again."),
        frozenset({"durationRatio"}),
    ),
    Rule(
        "A007",
        Severity.ERROR,
        outages,
        message("Count the outages that the time down is made of."),
        frozenset({"durationRatio"}),
        member="outages",
    ),
    Rule(
        "A008",
        Severity.ERROR,
        net_score,
        message("Compute the score again, from −100 to 100."),
        frozenset({"netScore"}),
    ),
    Rule(
        "A009",
        Severity.ERROR,
        rolled_yield,
        message("Multiply the yields of all steps."),
        frozenset({"product"}),
    ),
    Rule(
        "A010",
        Severity.ERROR,
        step_yield,
        message("Check both counts of the step."),
        frozenset({"product"}),
    ),
    Rule(
        "A011",
        Severity.ERROR,
        time_to_failure,
        message("Compute the value from failures and exposure again."),
        frozenset({"timeToFailure"}),
    ),
    Rule(
        "A012",
        Severity.ERROR,
        failures_seen,
        message("Use the termination `time`, and state no value where nothing failed."),
        frozenset({"timeToFailure"}),
    ),
)
