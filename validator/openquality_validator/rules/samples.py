"""Arithmetic of samples, intervals and uncertainty."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.rules.claim import Claim, Problems
from openquality_validator.rules.rule import MEASURED, Rule


def _counted(claim: Claim) -> tuple[str, int] | None:
    """Return the pointer and number of what a form says was counted, if it says so."""
    data = claim.data
    counts = data.get("counts", {})
    if "denominator" in counts:
        return "/counts/denominator", counts["denominator"]
    if "promoters" in counts:
        return "/counts", counts["promoters"] + counts["passives"] + counts["detractors"]
    for form in ("capability", "inspection"):
        if form in data:
            return f"/{form}/n", data[form]["n"]
    study = data.get("study", {})
    if "operators" in study and "parts" in study and "trials" in study:
        return "/study", study["parts"] * study["operators"] * study["trials"]
    return None


def sample_count(claim: Claim) -> Problems:
    """The sample size is the number that the claim's own data counts."""
    counted = _counted(claim)
    n = claim.data["sampling"]["n"]
    if counted and counted[1] != n:
        yield (
            "/sampling/n",
            message(
                "The sample has {n}, and {counted} counts {counted2}.",
                n=n,
                counted=counted[0][1:],
                counted2=counted[1],
            ),
        )


def sample_of_population(claim: Claim) -> Problems:
    """A sample is no larger than its population."""
    sampling = claim.data["sampling"]
    if "population" in sampling and sampling["n"] > sampling["population"]:
        yield (
            "/sampling/n",
            message(
                "{n} were sampled out of {population}.",
                n=sampling["n"],
                population=sampling["population"],
            ),
        )


def design_effect(claim: Claim) -> Problems:
    """A design effect is at least 1: dependence between rows never makes a sample larger."""
    sampling = claim.data["sampling"]
    if "designEffect" in sampling and Decimal(sampling["designEffect"]) < 1:
        yield (
            "/sampling/designEffect",
            message(
                "The design effect is {design_effect}.", design_effect=sampling["designEffect"]
            ),
        )


def interval_order(claim: Claim) -> Problems:
    """An interval holds its value: lower limit ≤ value ≤ upper limit."""
    interval, value = claim.data["interval"], claim.data.get("value")
    lower, upper = interval.get("lower"), interval.get("upper")
    if lower is not None and upper is not None and Decimal(lower) > Decimal(upper):
        yield (
            "/interval/lower",
            message(
                "The lower limit {lower} is above the upper limit {upper}.",
                lower=lower,
                upper=upper,
            ),
        )
    elif value is not None and lower is not None and Decimal(lower) > Decimal(value["amount"]):
        yield (
            "/interval/lower",
            message(
                "The lower limit {lower} is above the value {amount}.",
                lower=lower,
                amount=value["amount"],
            ),
        )
    elif value is not None and upper is not None and Decimal(upper) < Decimal(value["amount"]):
        yield (
            "/interval/upper",
            message(
                "The upper limit {upper} is below the value {amount}.",
                upper=upper,
                amount=value["amount"],
            ),
        )


def interval_sides(claim: Claim) -> Problems:
    """A two-sided interval states both limits, a one-sided one exactly one."""
    interval = claim.data["interval"]
    limits = ("lower" in interval) + ("upper" in interval)
    if limits != (2 if interval["sided"] == "two" else 1):
        yield (
            "/interval",
            message(
                "It is {sided}-sided and states {limits} limits.",
                sided=interval["sided"],
                limits=limits,
            ),
        )


def interval_level(claim: Claim) -> Problems:
    """A confidence level is a share between 0.5 and 1, such as 0.95."""
    level = claim.data["interval"]["level"]
    if not Decimal("0.5") <= Decimal(level) < 1:
        yield "/interval/level", message("The level is {level}.", level=level)


def order_statistic(claim: Claim) -> Problems:
    """An order statistic that bounds a quantile lies at or beyond it, inside the sample."""
    statistic, metric = claim.data["orderStatistic"], claim.metric
    if metric is None or metric.quantile is None:
        return
    n, rank = claim.data["sampling"]["n"], statistic["rank"]
    own = ceil(n * Fraction(metric.quantile))
    higher = metric.direction != "higherBetter"
    if rank > n:
        yield (
            "/orderStatistic/rank",
            message("The rank {rank} is beyond the {n} values.", rank=rank, n=n),
        )
    elif (rank < own) if higher else (rank > own):
        yield (
            "/orderStatistic/rank",
            message(
                "The rank {rank} lies on the wrong side of the value's own rank {own}.",
                rank=rank,
                own=own,
            ),
        )
    else:
        value, amount = claim.data["value"]["amount"], statistic["amount"]
        if (Decimal(amount) < Decimal(value)) if higher else (Decimal(amount) > Decimal(value)):
            yield (
                "/orderStatistic/amount",
                message(
                    "{amount} lies on the wrong side of the value {value}.",
                    amount=amount,
                    value=value,
                ),
            )


def coverage_factor(claim: Claim) -> Problems:
    """A coverage factor is at least 1: it expands the standard uncertainty."""
    factor = claim.data["uncertainty"].get("coverageFactor")
    if factor is not None and Decimal(factor) < 1:
        yield (
            "/uncertainty/coverageFactor",
            message("The coverage factor is {factor}.", factor=factor),
        )


RULES = (
    Rule(
        "A013",
        Severity.ERROR,
        sample_count,
        message("State in sampling.n what was counted, and the rest under limitations."),
        MEASURED,
        member="sampling",
    ),
    Rule(
        "A014",
        Severity.ERROR,
        sample_of_population,
        message("Check n and population."),
        MEASURED,
        member="sampling",
    ),
    Rule(
        "A015",
        Severity.ERROR,
        design_effect,
        message("State the factor by which clustering widens the variance, 1 or more."),
        MEASURED,
        member="sampling",
    ),
    Rule(
        "A016",
        Severity.ERROR,
        interval_order,
        message("Check the limits, in the unit of the value."),
        MEASURED,
        member="interval",
    ),
    Rule(
        "A017",
        Severity.ERROR,
        interval_sides,
        message("State both limits, or call it one-sided."),
        MEASURED,
        member="interval",
    ),
    Rule(
        "A018",
        Severity.ERROR,
        interval_level,
        message("Write 95 % as 0.95."),
        MEASURED,
        member="interval",
    ),
    Rule(
        "A019",
        Severity.ERROR,
        order_statistic,
        message("Give the rank and value that bound the quantile, or leave them out."),
        frozenset({"median", "quantile"}),
        member="orderStatistic",
    ),
    Rule(
        "A020",
        Severity.ERROR,
        coverage_factor,
        message("State the factor k of the expanded uncertainty, usually 2."),
        MEASURED,
        member="uncertainty",
    ),
)
