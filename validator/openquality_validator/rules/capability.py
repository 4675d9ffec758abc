"""Arithmetic of capability indices (ISO 22514-2, AIAG SPC).

    Cp  = (USL − LSL) / 6σ          Cpk = min(USL − x̄, x̄ − LSL) / 3σ

with σ within subgroups; Pp and Ppk likewise with the overall σ.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.rules.claim import Attestation, Claim, Json, Problems, half_digit, places
from openquality_validator.rules.rule import RECORD, Rule

_TWO_SIDED = {"cp", "pp"}
_WITHIN = {"cp", "cpk"}
_PARTNER = {"cpk": "cp", "ppk": "pp"}
_CLASSES = ("critical", "significant", "other")
_GROUPED = {"pooled", "rBar", "sBar"}
_FLOAT = 1e-15  # of a number: more than its reading and a few operations may be off
_LARGEST_RANGE = 10  # readings in a subgroup; above that the range wastes too much of them


def limits_ordered(claim: Claim) -> Problems:
    """A lower specification limit is below the upper one, and the nominal value between them."""
    characteristic = claim.data["characteristic"]
    low, nominal, high = (
        Decimal(characteristic[name]) if name in characteristic else None
        for name in ("lsl", "nominal", "usl")
    )
    if low is not None and high is not None and low >= high:
        yield (
            "/characteristic/lsl",
            message(
                "{lsl} is not below {usl}.", lsl=characteristic["lsl"], usl=characteristic["usl"]
            ),
        )
    elif nominal is not None and (
        (low is not None and nominal < low) or (high is not None and nominal > high)
    ):
        yield (
            "/characteristic/nominal",
            message("{nominal} is outside the limits.", nominal=characteristic["nominal"]),
        )


def limits_stated(claim: Claim) -> Problems:
    """A capability index has a specification limit; Cp and Pp have both, which C006 asks for."""
    if not claim.data["characteristic"].keys() & {"lsl", "usl"}:
        yield (
            "/characteristic",
            message("{metric} is stated without a limit.", metric=claim.data["metric"]),
        )


def stable(claim: Claim) -> Problems:
    """Cp and Cpk describe a stable process; without stability only Pp and Ppk may be stated."""
    if claim.data["metric"] in _WITHIN and not claim.data["capability"]["stable"]:
        yield (
            "/capability/stable",
            message("{metric} is claimed for an unstable process.", metric=claim.data["metric"]),
        )


def estimator_fits_metric(claim: Claim) -> Problems:
    """By the AIAG convention Cp and Cpk use sigma within subgroups, Pp and Ppk the overall one."""
    capability = claim.data["capability"]
    if capability["convention"] != "aiag":
        return
    within = claim.data["metric"] in _WITHIN
    if within == (capability["estimator"] == "overall"):
        yield (
            "/capability/estimator",
            message(
                "{metric} does not use the estimator {estimator}.",
                metric=claim.data["metric"],
                estimator=capability["estimator"],
            ),
        )


def estimator_fits_subgroups(claim: Claim) -> Problems:
    """Subgroups of an estimator within them hold two readings or more, of a moving range one."""
    capability = claim.data["capability"]
    estimator, size = capability["estimator"], capability.get("subgroupSize")
    if estimator in _GROUPED and ("subgroups" not in capability or size is None):
        yield (
            "/capability",
            message("{estimator} needs subgroups and subgroupSize.", estimator=estimator),
        )
    elif estimator in _GROUPED and size < 2:  # noqa: PLR2004 - one reading has no spread
        yield (
            "/capability/subgroupSize",
            message(
                "A subgroup of {size} has no spread for {estimator}.",
                size=size,
                estimator=estimator,
            ),
        )
    elif estimator == "rBar" and size > _LARGEST_RANGE:
        yield (
            "/capability/subgroupSize",
            message("The range of {size} readings does not give sigma.", size=size),
        )
    elif estimator == "movingRange" and size is not None and size != 1:
        yield (
            "/capability/subgroupSize",
            message("A moving range uses single readings, not {size}.", size=size),
        )


def subgroups(claim: Claim) -> Problems:
    """The number of readings is the number of subgroups times their size."""
    capability = claim.data["capability"]
    count, size = capability.get("subgroups"), capability.get("subgroupSize")
    if count is not None and size is not None and capability["n"] != count * size:
        yield (
            "/capability/n",
            message(
                "{count} subgroups of {size} are not {n} readings.",
                count=count,
                size=size,
                n=capability["n"],
            ),
        )


def index_value(claim: Claim) -> Problems:
    """A capability index follows from its limits, mean and sigma, within their rounding."""
    capability, characteristic = claim.data["capability"], claim.data["characteristic"]
    if capability["distribution"] != "normal" or "sigma" not in capability:
        return
    lower, upper = characteristic.get("lsl"), characteristic.get("usl")
    sigma, mean, amount = capability["sigma"], capability.get("mean"), claim.data["value"]["amount"]
    if claim.data["metric"] in _TWO_SIDED:
        agrees = not (lower and upper) or _divides(amount, sigma, ((upper, lower),), sigmas=6)
    else:
        sides = ((upper, mean), (mean, lower)) if mean else ()
        pairs = tuple(pair for pair in sides if all(pair))
        agrees = not pairs or _divides(amount, sigma, pairs, sigmas=3, inexact=mean)
    if not agrees:
        yield (
            "/value/amount",
            message(
                "The value is {amount}; limits, mean and sigma give another one.", amount=amount
            ),
        )


def _divides(
    value: str,
    sigma: str,
    pairs: tuple[tuple[str, str], ...],
    *,
    sigmas: int,
    inexact: str = "",
) -> bool:
    """Say whether value · sigmas · sigma is the smallest difference of the pairs.

    The value, sigma and `inexact` (the mean) may be off by half their last digit. In integers: all
    lengths times 10ᵖ, the value times 10ᵃ, and the inequality times 4·10ᵃ.
    """
    if _clearly(value, sigma, pairs, sigmas=sigmas):
        return True
    p = max(places(text)[1] for text in (sigma, *(text for pair in pairs for text in pair)))

    def scaled(text: str) -> int:
        mantissa, decimals = places(text)
        return mantissa * _power(p - decimals)

    v, a = places(value)
    digit = _power(p - places(sigma)[1])
    slack = 2 * _power(a + p - places(inexact)[1]) if inexact else 0
    distance = 4 * _power(a) * min(scaled(one) - scaled(other) for one, other in pairs)
    products = [
        (2 * v + side) * (2 * scaled(sigma) + off) * sigmas
        for side in (-1, 1)
        for off in (-digit, digit)
    ]
    return min(products) - slack <= distance <= max(products) + slack


def _clearly(value: str, sigma: str, pairs: tuple[tuple[str, str], ...], *, sigmas: int) -> bool:
    """Say whether the stated numbers agree by more than what floats may err."""
    spread = sigmas * float(sigma)
    if not spread:
        return False
    ends = [(float(one), float(other)) for one, other in pairs]
    index = min(one - other for one, other in ends) / spread
    error = _FLOAT * (max(abs(one) + abs(other) for one, other in ends) / spread + abs(index) + 1)
    rounding = 0.5 / _power(len(value.partition(".")[2]))
    return abs(index - float(value)) + error < rounding


def _power(exponent: int) -> int:
    return int(10**exponent)


def classes(claim: Claim) -> Problems:
    """Measured characteristics are among the specified ones, and the claim's own is measured."""
    counts = claim.data["characteristics"]
    measured, specified = counts["measured"], counts["specified"]
    for name in _CLASSES:
        if measured[name] > specified[name]:
            yield (
                f"/characteristics/measured/{name}",
                message(
                    "{measured} of {specified} are measured.",
                    measured=measured[name],
                    specified=specified[name],
                ),
            )
    own = claim.data.get("characteristic", {}).get("class")
    if own is not None and measured[own] == 0:
        yield (
            f"/characteristics/measured/{own}",
            message("The claim's own characteristic is not counted."),
        )


def index_order(record: Attestation) -> Problems:
    """For one sigma and two limits Cpk is never above Cp, and Ppk never above Pp."""
    indexed = list(_indices(record))
    for (at, one), (other_at, other) in combinations(indexed, 2):
        if _same_study(one, other):
            if _PARTNER.get(one["metric"]) == other["metric"]:
                yield from _above(at, one, other)
            elif _PARTNER.get(other["metric"]) == one["metric"]:
                yield from _above(other_at, other, one)


def _indices(record: Attestation) -> Iterator[tuple[int, Json]]:
    for index, claim in enumerate(record.claims):
        if "capability" in claim and "value" in claim:
            limits = claim.get("characteristic", {})
            if "lsl" in limits and "usl" in limits:
                yield index, claim


def _same_study(one: Json, other: Json) -> bool:
    return bool(
        one["period"] == other["period"]
        and one["characteristic"]["id"] == other["characteristic"]["id"]
        and one["characteristic"]["lsl"] == other["characteristic"]["lsl"]
        and one["characteristic"]["usl"] == other["characteristic"]["usl"]
        and one["capability"]["estimator"] == other["capability"]["estimator"]
        and one["capability"]["distribution"] == other["capability"]["distribution"]
    )


def _above(at: int, k: Json, p: Json) -> Problems:
    low, high = k["value"]["amount"], p["value"]["amount"]
    if Fraction(low) - half_digit(low) > Fraction(high) + half_digit(high):
        yield (
            f"/credentialSubject/claims/{at}/value/amount",
            message(
                "{metric} is {low}, above {metric2} of {high} for the same characteristic.",
                metric=k["metric"],
                low=low,
                metric2=p["metric"],
                high=high,
            ),
        )


RULES = (
    Rule(
        "A025",
        Severity.ERROR,
        index_order,
        message("Check which sigma each index uses, and that both are of the same study."),
        RECORD,
    ),
    Rule(
        "A021",
        Severity.ERROR,
        limits_ordered,
        message("Check lsl, nominal and usl."),
        frozenset({"MeasurementClaim"}),
        member="characteristic",
    ),
    Rule(
        "A022",
        Severity.ERROR,
        limits_stated,
        message("State the limits of the drawing; with one limit only, use cpk or ppk."),
        frozenset({"index"}),
    ),
    Rule("A023", Severity.ERROR, stable, message("Claim pp or ppk instead."), frozenset({"index"})),
    Rule(
        "A024",
        Severity.ERROR,
        estimator_fits_metric,
        message("Use the metric that goes with the estimator, or the convention that you follow."),
        frozenset({"index"}),
    ),
    Rule(
        "A026",
        Severity.ERROR,
        subgroups,
        message("Count all readings; leave out subgroupSize if it varies."),
        frozenset({"index"}),
    ),
    Rule(
        "A027",
        Severity.ERROR,
        estimator_fits_subgroups,
        message("State subgroups and subgroupSize as they were, or the estimator that was used."),
        frozenset({"index"}),
    ),
    Rule(
        "A028",
        Severity.ERROR,
        index_value,
        message("Compute the index again."),
        frozenset({"index"}),
    ),
    Rule(
        "A029",
        Severity.ERROR,
        classes,
        message("Count characteristics by class."),
        frozenset({"MeasurementClaim"}),
        member="characteristics",
    ),
)
