"""Parts and wholes: costs, masses, carbon, credits."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.quantities import with_unit
from openquality_validator.rules.claim import Claim, Json, Problems, brief, half_digit
from openquality_validator.rules.rule import Rule

_HUNDRED = 100


def _sum(parts: Iterable[str]) -> tuple[Fraction, Fraction]:
    """Return the sum of decimal strings and the slack that their rounding gives it."""
    texts = tuple(parts)
    return sum(map(Fraction, texts), Fraction(0)), sum(map(half_digit, texts), Fraction(0))


def phases(claim: Claim) -> Problems:
    """A life-cycle cost is the sum of its phases."""
    total, slack = _sum(claim.data["phases"].values())
    amount = claim.data["value"]["amount"]
    if abs(Fraction(amount) - total) > slack + half_digit(amount):
        yield (
            "/value/amount",
            message(
                "The value is {amount}, its phases add up to {total:.15g}.",
                amount=amount,
                total=float(total),
            ),
        )


def residual(claim: Claim) -> Problems:
    """A residual value lowers the cost: it is zero or negative."""
    amount = claim.data["phases"].get("residual", "0")
    if Decimal(amount) > 0:
        yield "/phases/residual", message("The residual value is {amount}.", amount=amount)


def material_fractions(claim: Claim) -> Problems:
    """The mass fractions of materials add up to no more than 1."""
    total, slack = _sum(m["massFraction"] for m in claim.data["materials"])
    if total - slack > 1 or (total > 1 and len(claim.data["materials"]) == 1):
        yield "/materials", message("The mass fractions add up to {total:.6g}.", total=float(total))


def recycled_fractions(claim: Claim) -> Problems:
    """Recycled and recyclable mass fractions add up to no more than 1."""
    contents = claim.data.get("recycledContent", ())
    total, slack = _sum(content["massFraction"] for content in contents)
    if total - slack > 1 or (total > 1 and len(contents) == 1):
        yield (
            "/recycledContent",
            message("The mass fractions add up to {total:.6g}.", total=float(total)),
        )
    recyclable = claim.data.get("recyclability", {}).get("massFraction", "0")
    if Decimal(recyclable) > 1:
        yield (
            "/recyclability/massFraction",
            message("The mass fraction is {recyclable}.", recyclable=recyclable),
        )


def recycled_value(claim: Claim) -> Problems:
    """A recycled content equals the sum of its parts, a recyclability its mass fraction."""
    parts: list[str] = []
    if claim.data["metric"] == "recycled-content":
        parts = [content["massFraction"] for content in claim.data.get("recycledContent", ())]
    elif claim.data["metric"] == "recyclability" and "recyclability" in claim.data:
        parts = [claim.data["recyclability"]["massFraction"]]
    unit = claim.catalogue.units.get(claim.data["value"]["unit"])
    if not parts or unit is None:
        return
    total, slack = _sum(parts)
    amount = claim.data["value"]["amount"]
    if abs(Fraction(amount) * unit.factor - total) > slack + half_digit(amount) * unit.factor:
        stated, exact = with_unit(amount, unit.code), brief(total / unit.factor)
        yield (
            "/value/amount",
            message("The value is {stated}, its parts give {exact}.", stated=stated, exact=exact),
        )


def carbon(claim: Claim) -> Problems:
    """A carbon footprint equals the sum of its fossil, biogenic and land-use parts."""
    parts = claim.data["carbon"]
    if claim.data["metric"] != "carbon-footprint":
        return
    total, slack = _sum(parts.values())
    amount = claim.data["value"]["amount"]
    if abs(Fraction(amount) - total) > slack + half_digit(amount):
        yield (
            "/value/amount",
            message(
                "The value is {amount}, its parts add up to {total:.6g}.",
                amount=amount,
                total=float(total),
            ),
        )


def primary_data(claim: Claim) -> Problems:
    """A share of primary data is between 0 and 100 percent."""
    share = claim.data["primaryDataShare"]
    if Decimal(share) > _HUNDRED:
        yield "/primaryDataShare", message("The share is {share} %.", share=share)


def reparability(claim: Claim) -> Problems:
    """A reparability score is no higher than the top of its scale."""
    score = claim.data["reparability"]
    if Decimal(score["score"]) > Decimal(score["scaleMaximum"]):
        yield (
            "/reparability/score",
            message(
                "{score} is above {scale_maximum}.",
                score=score["score"],
                scale_maximum=score["scaleMaximum"],
            ),
        )


def credit(claim: Claim) -> Problems:
    """A credit is no more than the whole price, and no more than its own cap."""
    consequence: Json = claim.data["consequence"]
    percent, cap = consequence.get("creditPercent"), consequence.get("capPercent")
    if percent is not None and Decimal(percent) > _HUNDRED:
        yield (
            "/consequence/creditPercent",
            message("The credit is {percent} % of the price.", percent=percent),
        )
    elif percent is not None and cap is not None and Decimal(percent) > Decimal(cap):
        yield (
            "/consequence/creditPercent",
            message(
                "The credit of {percent} % is above its cap of {cap} %.", percent=percent, cap=cap
            ),
        )
    amount, limit = consequence.get("amount"), consequence.get("cap")
    if (
        amount is not None
        and limit is not None
        and amount["currency"] == limit["currency"]
        and Decimal(amount["amount"]) > Decimal(limit["amount"])
    ):
        yield (
            "/consequence/amount/amount",
            message(
                "{amount} is above its cap {amount2}.",
                amount=amount["amount"],
                amount2=limit["amount"],
            ),
        )


RULES = (
    Rule(
        "A040",
        Severity.ERROR,
        phases,
        message("Add the phases up, the residual value negative."),
        frozenset({"LifecycleCostClaim"}),
    ),
    Rule(
        "A041",
        Severity.ERROR,
        residual,
        message("Give it a minus sign."),
        frozenset({"LifecycleCostClaim"}),
    ),
    Rule(
        "A042",
        Severity.ERROR,
        material_fractions,
        message("Write 40 % as 0.4."),
        frozenset({"ProvenanceClaim"}),
        member="materials",
    ),
    Rule(
        "A043",
        Severity.ERROR,
        recycled_fractions,
        message("Write 40 % as 0.4."),
        frozenset({"CircularityClaim"}),
    ),
    Rule(
        "A044",
        Severity.ERROR,
        recycled_value,
        message("Compute the value from its parts again."),
        frozenset({"CircularityClaim"}),
    ),
    Rule(
        "A045",
        Severity.ERROR,
        carbon,
        message("Add the parts up; removals are negative."),
        frozenset({"FootprintClaim"}),
        member="carbon",
    ),
    Rule(
        "A046",
        Severity.ERROR,
        primary_data,
        message("State it in percent."),
        frozenset({"FootprintClaim"}),
        member="primaryDataShare",
    ),
    Rule(
        "A047",
        Severity.ERROR,
        reparability,
        message("Check score and scaleMaximum."),
        frozenset({"CircularityClaim"}),
        member="reparability",
    ),
    Rule(
        "A048",
        Severity.ERROR,
        credit,
        message("Check the credit and its cap."),
        frozenset({"ServiceLevelClaim"}),
        member="consequence",
    ),
)
