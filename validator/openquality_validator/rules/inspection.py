"""Acceptance sampling (ISO 2859-1) and studies: the numbers of a plan agree with each other.

The tables are the code letters (Table 1) and the single sampling plans for normal and tightened
inspection (Tables 2-A and 2-B). Their acceptance numbers lie on diagonals: the place of the letter
plus the place of the AQL gives the number. Cells with an arrow, and double, multiple and reduced
plans, are not judged.
"""

from bisect import bisect_left
from decimal import Decimal
from math import sqrt

from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.rules.claim import Claim, Json, Problems
from openquality_validator.rules.rule import Rule

_LETTERS = "ABCDEFGHJKLMNPQR"
_SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)
_SERIES = """
0.010 0.015 0.025 0.040 0.065 0.10 0.15 0.25 0.40 0.65 1.0 1.5 2.5 4.0 6.5 10 15 25 40 65 100 150
250 400 650 1000
"""
_AQLS = tuple(map(Decimal, _SERIES.split()))
_ACCEPTANCE = {
    "normal": {14: 0, 17: 1, 18: 2, 19: 3, 20: 5, 21: 7, 22: 10, 23: 14, 24: 21},
    "tightened": {15: 0, 18: 1, 19: 2, 20: 3, 21: 5, 22: 8, 23: 12, 24: 18},
}
_LOTS = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10000, 35000, 150000, 500000)
_CODES = {  # one letter for each range of lot sizes, the last for all above
    "S-1": "AAAABBBBCCCCDDD",
    "S-2": "AAABBBCCCDDDEEE",
    "S-3": "AABBCCDDEEFFGGH",
    "S-4": "AABCCDEEFGGHJJK",
    "I": "AABCCDEFGHJKLMN",
    "II": "ABCDEFGHJKLMNPQ",
    "III": "BCDEFGHJKLMNPQR",
}
_NDC_FACTOR = 1.41  # AIAG MSA: ndc = 1.41 · part variation / gauge variation, cut to an integer
_PERCENT = 100.0


def acceptance_order(claim: Claim) -> Problems:
    """A rejection number is above its acceptance number; in a single plan it is the next one."""
    plan = claim.data["inspection"]
    if plan["re"] <= plan["ac"] or (plan["planType"] == "single" and plan["re"] != plan["ac"] + 1):
        yield (
            "/inspection/re",
            message(
                "Re is {re} with Ac {ac} ({plan_type}).",
                re=plan["re"],
                ac=plan["ac"],
                plan_type=plan["planType"],
            ),
        )


def acceptance_result(claim: Claim) -> Problems:
    """A lot is accepted up to the acceptance number and rejected from the rejection number on."""
    plan = claim.data["inspection"]
    accepted = plan["result"] == "accepted"
    if (plan["found"] > plan["ac"]) if accepted else (plan["found"] < plan["re"]):
        yield (
            "/inspection/result",
            message(
                "{found} found is not {result}: Ac {ac}, Re {re}.",
                found=plan["found"],
                result=plan["result"],
                ac=plan["ac"],
                re=plan["re"],
            ),
        )


def acceptance_value(claim: Claim) -> Problems:
    """The value of an inspection is 1 for an accepted lot and 0 for a rejected one."""
    stated = claim.data["value"]["amount"]
    expected = 1 if claim.data["inspection"]["result"] == "accepted" else 0
    if Decimal(stated) != expected:
        yield (
            "/value/amount",
            message(
                "The value is {stated} for {result!r}.",
                stated=stated,
                result=claim.data["inspection"]["result"],
            ),
        )


def inspected_of_lot(claim: Claim) -> Problems:
    """A sample is no larger than its lot, and holds no more nonconforming units than units."""
    plan = claim.data["inspection"]
    if plan["n"] > plan["lotSize"]:
        yield (
            "/inspection/n",
            message(
                "{n} were drawn from a lot of {lot_size}.", n=plan["n"], lot_size=plan["lotSize"]
            ),
        )
    if plan["found"] > plan["n"] and plan["aql"]["unit"] == "percentNonconforming":
        yield (
            "/inspection/found",
            message("{found} of {n} are nonconforming.", found=plan["found"], n=plan["n"]),
        )


def plan_size(claim: Claim) -> Problems:
    """The sample size of a single plan is the one of its code letter (ISO 2859-1)."""
    plan = claim.data["inspection"]
    if _acceptance(plan, plan["codeLetter"]) is not None:
        size = min(_SIZES[_LETTERS.index(plan["codeLetter"])], plan["lotSize"])
        if plan["n"] != size:
            yield (
                "/inspection/n",
                message(
                    "Letter {code_letter} draws {size}, not {n}.",
                    code_letter=plan["codeLetter"],
                    size=size,
                    n=plan["n"],
                ),
            )


def plan_acceptance(claim: Claim) -> Problems:
    """The acceptance number of a single plan is the one of its code letter and AQL (ISO 2859-1)."""
    plan = claim.data["inspection"]
    expected = _acceptance(plan, plan["codeLetter"])
    if expected is not None and plan["ac"] != expected:
        yield (
            "/inspection/ac",
            message(
                "{code_letter} at AQL {amount} has Ac {expected}.",
                code_letter=plan["codeLetter"],
                amount=plan["aql"]["amount"],
                expected=expected,
            ),
        )


def plan_letter(claim: Claim) -> Problems:
    """The code letter of a plan is the one of its lot size and inspection level (ISO 2859-1)."""
    plan = claim.data["inspection"]
    letter = _CODES[plan["level"]][bisect_left(_LOTS, plan["lotSize"])]
    if _acceptance(plan, letter) is not None and plan["codeLetter"] != letter:
        yield (
            "/inspection/codeLetter",
            message(
                "A lot of {lot_size} has {letter} at level {level}.",
                lot_size=plan["lotSize"],
                letter=letter,
                level=plan["level"],
            ),
        )


def _acceptance(plan: Json, letter: str) -> int | None:
    """Return the acceptance number of a single plan, or None where no table of ours gives it."""
    aql = Decimal(plan["aql"]["amount"])
    if plan["planType"] != "single" or aql not in _AQLS or letter not in _LETTERS:
        return None
    place = _LETTERS.index(letter) + _AQLS.index(aql)
    return _ACCEPTANCE.get(plan["severity"], {}).get(place)


def distinct_categories(claim: Claim) -> Problems:
    """The distinct categories of a gauge study follow from its share of the total variation."""
    study = claim.data["study"]
    if study.get("basis") != "totalVariation" or "ndc" not in study:
        return
    unit = claim.catalogue.units.get(claim.data["value"]["unit"])
    amount = claim.data["value"]["amount"]
    half = 0.5 / 10 ** len(amount.partition(".")[2])
    factor = float(unit.factor) if unit else 1 / _PERCENT
    shares = [(float(amount) + side) * factor for side in (half, -half)]
    if shares[1] > 0 and shares[0] < 1:
        low, high = (_NDC_FACTOR * sqrt(1 - share**2) / share for share in shares)
        if not int(low) <= study["ndc"] <= int(high):
            yield (
                "/study/ndc",
                message("ndc is {ndc}, the value gives {low}.", ndc=study["ndc"], low=int(low)),
            )


def failed_of_tested(claim: Claim) -> Problems:
    """No more items fail in a study than are tested."""
    study = claim.data["study"]
    if "failed" in study and "tested" in study and study["failed"] > study["tested"]:
        yield (
            "/study/failed",
            message("{failed} of {tested} failed.", failed=study["failed"], tested=study["tested"]),
        )


RULES = (
    Rule(
        "A030",
        Severity.ERROR,
        acceptance_order,
        message("Copy Ac and Re from the plan."),
        frozenset({"verdict"}),
    ),
    Rule(
        "A031",
        Severity.ERROR,
        acceptance_result,
        message("Check found, Ac and Re."),
        frozenset({"verdict"}),
    ),
    Rule(
        "A032",
        Severity.ERROR,
        inspected_of_lot,
        message("Check the lot size, n and found."),
        frozenset({"verdict"}),
    ),
    Rule(
        "A033", Severity.ERROR, plan_size, message("Copy n from the plan."), frozenset({"verdict"})
    ),
    Rule(
        "A034",
        Severity.ERROR,
        plan_acceptance,
        message("Copy Ac from the plan."),
        frozenset({"verdict"}),
    ),
    Rule(
        "A035",
        Severity.WARNING,
        plan_letter,
        message("Check lot size and level; say under limitations why another letter was agreed."),
        frozenset({"verdict"}),
    ),
    Rule(
        "A036",
        Severity.ERROR,
        acceptance_value,
        message("State 1 for accepted, 0 for rejected."),
        frozenset({"verdict"}),
    ),
    Rule(
        "A037",
        Severity.WARNING,
        distinct_categories,
        message("Compute ndc again."),
        frozenset({"study"}),
    ),
    Rule(
        "A038",
        Severity.ERROR,
        failed_of_tested,
        message("Check both counts."),
        frozenset({"study"}),
    ),
)
