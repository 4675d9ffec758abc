"""Scores, amounts, counts, inspections and gauge studies, as columns."""

from collections.abc import Sequence
from typing import Final

from openquality.plots import inks
from openquality.plots.columns import Column, Part, columns
from openquality.plots.drawing import Drawing, Mark, bound_of
from openquality.plots.months import MOST_MONTHS, Month, months_of, name, place
from openquality_validator.catalogue import Catalogue
from openquality_validator.measure import Measured
from openquality_validator.measure.studies import Gauge, Inspection
from openquality_validator.measure.sums import Amount, Count, Score
from openquality_validator.quantities import with_unit
from openquality_validator.statistics.gauge import gauge_study

WHOLE: Final = 5  # a scale of counts that reaches as far has no fractions
GROUPS: Final = (
    # From the foot up, as they lie in a column; the number is their place in the counts.
    ("detractors", 2, inks.LIMIT),
    ("passives", 1, inks.BETWEEN),
    ("promoters", 0, inks.DATA),
)


def scores(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw promoters, passives and detractors of all and of each month, and the net score above."""
    tally, claim = measured.tally, measured.claims[0]
    assert isinstance(tally, Score)
    metric = catalogue.metric(claim["metric"])
    bound = bound_of(claim, metric, metric.canonical_unit, catalogue)
    every = list(tally.counts.values())
    shown = [_score("all", every)]
    if tally.days.months:
        shown += [_score(each, counts) for each, counts in _months(months_of(tally.days))]
    found = f"{metric.label}: {claim['value']['amount']}"
    found += "" if bound is None else f", bound {bound:.4g}"
    panel = columns(
        shown,
        title=f"{found} (n = {sum(every)})",
        below="month" if len(shown) > 1 else "answers",
        beside="percent of answers; the net score above",
        most=100,
    )
    foot = 0.0
    for part, (group, _, ink) in zip(shown[-1].parts, GROUPS, strict=False):
        panel.aside(foot + part.height / 2, group, ink=ink)
        foot += part.height
    counted = ", ".join(f"{count} {group}" for group, count in tally.counts.items())
    by = f"of all and of {len(shown) - 1} months" if len(shown) > 1 else "of all answers"
    return Drawing(f"Columns {by}; {found} with {counted}.", (panel,))


def amounts(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw the amount of each month: a sum, or the quotient of two."""
    tally, claim = measured.tally, measured.claims[0]
    assert isinstance(tally, Amount)
    assert tally.unit is not None, "a mapping of amounts states their unit"
    metric = catalogue.metric(claim["metric"])
    unit, factor = metric.canonical_unit, catalogue.factor(tally.unit, metric.canonical_unit)
    shown = []
    for each, sums in _months(months_of(tally.days)):
        parts: tuple[Part, ...] = ()
        if sums and sums[1]:
            value = float(tally.in_unit(*sums)) * factor
            parts = (Part(value, with_unit(f"{value:.6g}", unit)),)
        shown.append(Column(each, parts))
    whole = with_unit(claim["value"]["amount"], unit)
    marks = [Mark(float(claim["value"]["amount"]), f"all {whole}", inks.INK)]
    panel = columns(
        shown,
        title=f"{metric.label}: {whole} in all, by month",
        below="month",
        beside=unit,
        marks=marks if tally.is_ratio else [],
    )
    return Drawing(f"Columns of {metric.label.lower()} by month; in all {whole}.", (panel,))


def counts(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw how many there were in each month."""
    tally, claim = measured.tally, measured.claims[0]
    assert isinstance(tally, Count)
    label = catalogue.metric(claim["metric"]).label
    shown = [
        Column(each, tuple(Part(number, str(number)) for number in sums))
        for each, sums in _months(months_of(tally.days))
    ]
    title = f"{label}: {tally.total} in all, by month"
    panel = columns(shown, title=title, below="month", beside="number", most=WHOLE)
    return Drawing(f"Columns of {label.lower()} by month; in all {tally.total}.", (panel,))


def inspection(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw what was found in the sample against the numbers that accept and reject the lot."""
    tally, claim = measured.tally, measured.claims[0]
    assert isinstance(tally, Inspection)
    plan, label = claim["inspection"], catalogue.metric(claim["metric"]).label
    found = f"{plan['found']} found in {plan['n']}"
    accepted = plan["result"] == "accepted"
    part = Part(plan["found"], found, inks.DATA if accepted else inks.LIMIT)
    marks = [
        Mark(plan["ac"], f"Ac {plan['ac']}", inks.INK),
        Mark(plan["re"], f"Re {plan['re']}", inks.LIMIT, "6 4"),
    ]
    panel = columns(
        [Column("found", (part,), str(plan["found"]))],
        title=f"{label}: {plan['result']}, {found}",
        below=f"AQL {plan['aql']['amount']}, lot of {plan['lotSize']}",
        beside="nonconforming",
        marks=marks,
        most=WHOLE,
    )
    said = f"A column of what was found: {found}; up to {plan['ac']} (Ac) the lot is accepted"
    return Drawing(
        f"{said}, from {plan['re']} (Re) on rejected. It was {plan['result']}.", (panel,)
    )


def gauge(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw where the variation comes from: standard deviations, in percent of what is compared."""
    tally, claim = measured.tally, measured.claims[0]
    assert isinstance(tally, Gauge)
    label, study = catalogue.metric(claim["metric"]).label, gauge_study(tally.readings)
    share, basis = float(claim["value"]["amount"]), claim["study"]["basis"]
    compared = "the tolerance" if basis == "tolerance" else "the total variation"
    of = {
        "gauge R&R": study.gauge,
        "repeatability": study.repeatability,
        "reproducibility": study.reproducibility,
        "parts": study.part,
    }
    percent = {each: share * sigma / study.gauge for each, sigma in of.items()}
    panel = columns(
        [
            Column(each, (Part(value, f"{value:.4g} %"),), f"{value:.3g} %")
            for each, value in percent.items()
        ],
        title=f"{label}: {share:.4g} % of {compared}, ndc {study.categories}",
        below=f"{study.parts} parts, {study.operators} operators, {study.trials} trials",
        beside=f"standard deviation in percent of {compared}",
    )
    listed = ", ".join(f"{each} {value:.4g} %" for each, value in percent.items())
    return Drawing(f"Columns of the components of variation: {listed} of {compared}.", (panel,))


def _score(called: str, counts: Sequence[int]) -> Column:
    n = sum(counts)
    if not n:
        return Column(called)
    parts = tuple(
        Part(100 * counts[at] / n, f"{counts[at]} {group} of {n}", ink) for group, at, ink in GROUPS
    )
    net = round(100 * (counts[0] - counts[2]) / n)
    return Column(called, parts, f"{net:+}".replace("-", "−") if net else "0")


def _months(months: dict[Month, list[int]]) -> list[tuple[str, list[int]]]:
    """Return every month from the first to the last with its sums, none for one without rows."""
    placed = {place(month): sums for month, sums in months.items()}
    assert max(placed) - min(placed) < MOST_MONTHS, "months_of refuses more"
    return [(name(at), placed.get(at, [])) for at in range(min(placed), max(placed) + 1)]
