"""Values that are possible and deserve a second look, and values outside their range."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from openquality_validator.catalogue import Metric
from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.quantities import with_unit
from openquality_validator.rules.claim import Attestation, Claim, Json, Problems
from openquality_validator.rules.rule import MEASURED, QUANTIFIED, RECORD, Rule

_INDICES = {"cp", "cpk", "pp", "ppk"}
_HIGH_INDEX = 5  # ten sigma between mean and limit: usually a slip in sigma or in the limits
_SPARE_DIGITS = 4  # beyond the digits of n: n = 30 supports 6 significant digits at the very most
_SMALL = 300  # below, zero events still allow more than 1 % (three divided by n)
_TELLING_DIGITS = 3  # 100 % or 1.3 repeats by chance, 97.43 does not


def in_range(claim: Claim) -> Problems:
    """A value lies within the range of its metric."""
    metric = claim.metric
    if metric is None or metric.value_range == (None, None):
        return
    for name in ("value", "objective"):
        if name in claim.data:
            amount = _canonical(claim, metric, claim.data[name])
            low, high = metric.value_range
            if amount is not None and (
                (low is not None and amount < low) or (high is not None and amount > high)
            ):
                stated = with_unit(claim.data[name]["amount"], claim.data[name]["unit"])
                yield f"/{name}/amount", message("{stated} is not possible.", stated=stated)


def _canonical(claim: Claim, metric: Metric, quantity: Json) -> Fraction | Decimal | None:
    code = quantity["unit"]
    if code == metric.canonical_unit or code in claim.catalogue.currencies:
        return Decimal(quantity["amount"])
    units = claim.catalogue.units
    unit, canonical = units.get(code), units.get(metric.canonical_unit)
    if unit is None or canonical is None or unit.quantity_kind != canonical.quantity_kind:
        return None
    return Fraction(quantity["amount"]) * unit.factor / canonical.factor


def _n(data: Json) -> int | None:
    """Return the sample size of a claim: what it says was sampled, or what its data count."""
    if "sampling" in data:
        size: int = data["sampling"]["n"]
        return size
    counts = data.get("counts", {})
    if "denominator" in counts:
        return int(counts["denominator"])
    if "promoters" in counts:
        return int(counts["promoters"] + counts["passives"] + counts["detractors"])
    n: int | None = data.get("capability", {}).get("n")
    return n


def sample_size(claim: Claim) -> Problems:
    """A sample is at least as large as the metric recommends."""
    metric, n = claim.metric, _n(claim.data)
    if metric is not None and n is not None and n < (metric.min_sample or 0):
        where = "/sampling/n" if "sampling" in claim.data else ""
        yield (
            where,
            message("n is {n}, {id} asks for {least}.", n=n, id=metric.id, least=metric.min_sample),
        )


def digits(claim: Claim) -> Problems:
    """A value has no more digits than its sample can support."""
    value, n = claim.data.get("value"), _n(claim.data)
    if value is None or n is None:
        return
    text = value["amount"]
    significant = len(text.lstrip("-0.").replace(".", ""))
    if significant > len(str(n)) + _SPARE_DIGITS:
        yield (
            "/value/amount",
            message(
                "{text} has {significant} significant digits from n = {n}.",
                text=text,
                significant=significant,
                n=n,
            ),
        )


def repeated(record: Attestation) -> Problems:
    """The same value does not come out of different periods to the last digit."""
    if len(record.claims) < 2:  # noqa: PLR2004 - one value repeats nothing
        return
    seen: defaultdict[tuple[str, str], list[Json]] = defaultdict(list)
    for index, claim in enumerate(record.claims):
        value = claim.get("value")
        if (
            value is None
            or "period" not in claim
            or len(value["amount"].strip("0.")) < _TELLING_DIGITS
        ):
            continue
        before = seen[claim["metric"], value["amount"]]
        if any(_repeats(claim, other) for other in before):
            yield (
                f"/credentialSubject/claims/{index}/value/amount",
                message("{amount} stands for another period too.", amount=value["amount"]),
            )
        before.append(claim)


def _repeats(one: Json, other: Json) -> bool:
    return bool(
        one["period"] != other["period"]
        and one["value"] == other["value"]
        and one.get("characteristic") == other.get("characteristic")
        and one.get("qualifiers") == other.get("qualifiers")
    )


def no_spread(claim: Claim) -> Problems:
    """Measured values spread: a standard deviation of zero comes from a gauge or a formula."""
    for name, member in (("moments", "standardDeviation"), ("capability", "sigma")):
        spread = claim.data.get(name, {}).get(member)
        if spread is not None and not spread.strip("0."):
            yield f"/{name}/{member}", message("The spread is {spread}.", spread=spread)


def high_index(claim: Claim) -> Problems:
    """A capability index is rarely above 5."""
    if claim.data["metric"] in _INDICES:
        amount = claim.data["value"]["amount"]
        if Decimal(amount) > _HIGH_INDEX:
            yield (
                "/value/amount",
                message("{metric} is {amount}.", metric=claim.data["metric"], amount=amount),
            )


def zero_events(claim: Claim) -> Problems:
    """A rate of zero (or of 100 %) from a small sample states how bad it may still be."""
    data = claim.data
    if "interval" in data:
        return
    if "events" in data:
        n, perfect = _n(data), data["events"] == 0
    else:
        counts, metric = data["counts"], claim.metric
        n, bad = counts["denominator"], counts["numerator"]
        if metric is not None and metric.direction == "higherBetter":
            bad = n - bad
        perfect = bad == 0
    if perfect and n is not None and n < _SMALL:
        where = "/value" if "value" in data else ""
        yield (
            where,
            message(
                "Nothing bad among {n} still allows {n2:.2g}, with 95 % confidence.", n=n, n2=3 / n
            ),
        )


RULES = (
    Rule(
        "P004",
        Severity.WARNING,
        repeated,
        message("Check that each period was measured, not copied."),
        RECORD,
    ),
    Rule(
        "P001",
        Severity.ERROR,
        in_range,
        message("See `openquality explain` with the metric's id for its range."),
        QUANTIFIED,
    ),
    Rule(
        "P002",
        Severity.WARNING,
        sample_size,
        message("Measure for longer; a small sample has a wide bound and ranks low."),
        MEASURED,
    ),
    Rule("P003", Severity.WARNING, digits, message("Round to what the sample supports."), MEASURED),
    Rule(
        "P005",
        Severity.WARNING,
        no_spread,
        message("Check the resolution of the gauge."),
        frozenset({"MeasurementClaim"}),
        member="moments capability",
    ),
    Rule(
        "P006",
        Severity.WARNING,
        high_index,
        message("Check sigma, and the units of the limits."),
        frozenset({"index"}),
    ),
    Rule(
        "P007",
        Severity.WARNING,
        zero_events,
        message("State the interval with its one-sided 95 % limit."),
        frozenset({"binomialRatio", "eventRate"}),
    ),
)
