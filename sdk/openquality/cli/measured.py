"""What a measurement gave, for people and for programs."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from openquality.cli.behind import behind
from openquality.cli.output import Format, show, show_json
from openquality.measuring import FromFile
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.measure.availability import Outages
from openquality_validator.quantities import ONE, with_unit
from openquality_validator.statistics.claims import estimate
from openquality_validator.statistics.estimates import ranking_bound


def show_measured(
    found: FromFile, metrics: list[Metric], catalogue: Catalogue, form: Format
) -> None:
    """Write each claim with its period and bound, and what became of the rows."""
    usage = found.usage
    if form is Format.JSON:
        show_json(
            {
                "v": 1,
                "claims": found.claims,
                "evidence": [found.evidence],
                "bounds": [
                    _bound(*each, catalogue) for each in zip(metrics, found.claims, strict=True)
                ],
                "usage": asdict(usage),
            }
        )
        return
    for metric, claim in zip(metrics, found.claims, strict=True):
        value, n = claim.get("value"), claim.get("sampling", {}).get("n")
        shown = with_unit(value["amount"], value["unit"]) if value else "no value"
        show(f"{metric.id}: {shown}{behind(claim)}")
        show(f"  period  {claim['period']['start']} to {claim['period']['end']}")
        show(f"  bound   {_bound_text(metric, claim, catalogue)}")
        if n is not None and metric.min_sample is not None and n < metric.min_sample:
            show(f"  note    {n} is below the metric's least sample of {metric.min_sample}")
        exposure = claim.get("exposure", {"amount": "0", "unit": ONE})
        if exposure["unit"] == ONE and Decimal(exposure["amount"]) % 1:
            amount = exposure["amount"]
            show(f"  note    {amount} is no whole number: is a thousands mark read as a decimal?")
    show(f"rows: {usage.rows} in the file, {usage.used} used, {usage.other} of others")
    for sentence in usage.sentences():
        show(f"  {sentence}")
    tally = found.measured.tally
    if isinstance(tally, Outages) and tally.unended:
        show(f"  {tally.unended} without an end: down to the end of the period.")


def _bound(metric: Metric, claim: Mapping[str, Any], catalogue: Catalogue) -> float | None:
    if metric.direction == "target":
        return None
    return ranking_bound(estimate(metric, claim, catalogue), direction=metric.direction)


def _bound_text(metric: Metric, claim: Mapping[str, Any], catalogue: Catalogue) -> str:
    bound = _bound(metric, claim, catalogue)
    if bound is None and metric.form == "amount":
        return "none: rows do not tell the uncertainty of an amount; state it (--uncertainty)"
    if bound is None:
        return "none: too few rows, or none is defined for this metric"
    side = "at least" if metric.direction == "higherBetter" else "at most"
    limit = with_unit(f"{bound:.6g}", metric.canonical_unit)
    return f"{side} {limit} (one-sided 95 %, rows independent)"
