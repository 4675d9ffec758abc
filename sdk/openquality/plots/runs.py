"""Shares, rates and availability from month to month.

The limits of a month are those of a control chart for attributes: of a share p out of n
p ± 3·√(p(1−p)/n), of a rate u over an exposure n u ± 3·√(u/n), with p and u those of all months
(NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.3.1 and 6.3.3.2). Time up and down has none:
it depends on how long outages last, and not on how many there are.
"""

import math
from typing import Any, Final

from openquality.plots import inks
from openquality.plots.columns import Column, Part, columns
from openquality.plots.drawing import Drawing, Mark, bound_of, number
from openquality.plots.months import Month, Point, Scale, months_of, run_by_month
from openquality.plots.outages import by_month, timeline
from openquality.plots.svg import Panel
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.measure import Measured
from openquality_validator.measure.availability import Outages, UpAndDown
from openquality_validator.measure.counts import OnTime, Share
from openquality_validator.measure.sums import Rate
from openquality_validator.quantities import with_unit
from openquality_validator.statistics.claims import estimate

PERCENT: Final = Scale("percent", 0.0, 100.0)


def shares(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw the share of each month, or the yield of each step."""
    tally, claim = measured.tally, measured.claims[0]
    assert isinstance(tally, OnTime | Share)
    metric = catalogue.metric(claim["metric"])
    if metric.form == "product" and isinstance(tally, Share):
        return _steps(claim, metric, catalogue)
    part, out_of = tally.numerator, tally.denominator
    share = part / out_of
    points = {}
    for month, (some, of) in months_of(tally.days).items():
        sigmas = 3 * math.sqrt(share * (1 - share) / of)
        points[month] = Point(
            100 * some / of,
            f"{100 * some / of:.4g} %, {some} of {of}",
            of,
            # All or nothing has no spread from which to tell limits.
            (100 * max(share - sigmas, 0.0), 100 * min(share + sigmas, 1.0)) if sigmas else None,
        )
    panel = run_by_month(
        points,
        title=f"{metric.label}: {100 * share:.4g} % in all, by month",
        scale=PERCENT,
        whole=(100 * share, f"all {100 * share:.4g} %"),
        bound=_bound(claim, metric, catalogue),
    )
    said = f"A run of {metric.label.lower()} over {len(points)} months"
    return Drawing(f"{said}; in all {100 * share:.4g} %, {part} of {out_of}.", (panel,))


def rates(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw the events of each month over its exposure; of a mean time the failures in it."""
    tally, claim = measured.tally, measured.claims[0]
    assert isinstance(tally, Rate)
    metric, exposed = catalogue.metric(claim["metric"]), claim["exposure"]
    if metric.form == "timeToFailure":
        what, per_one, unit, bound = "Failures", 1.0, f"in 1 {exposed['unit']}", None
    else:
        what, unit = metric.label, metric.canonical_unit
        one = estimate(metric, {**claim, "events": 1}, catalogue).value or 0.0
        per_one = one * float(exposed["amount"])
        bound = bound_of(claim, metric, unit, catalogue)
    whole = tally.events * per_one / float(exposed["amount"])
    points = {}
    for month, (events, scaled) in months_of(tally.days).items():
        exposure = float(tally.in_unit(scaled))
        if exposure:
            rate, sigmas = events * per_one / exposure, 3 * math.sqrt(whole * per_one / exposure)
            stands = f"{events} in {with_unit(f'{exposure:.6g}', exposed['unit'])}"
            limits = (max(whole - sigmas, 0.0), whole + sigmas) if sigmas else None
            points[month] = Point(rate, f"{rate:.4g}, {stands}", exposure, limits)
    all_of = with_unit(f"{whole:.4g}", unit)
    panel = run_by_month(
        points,
        title=f"{what}: {all_of} in all, by month",
        scale=Scale(unit),
        whole=(whole, f"all {whole:.4g}"),
        bound=None if bound is None else (bound, f"bound {bound:.4g}"),
    )
    of = with_unit(exposed["amount"], exposed["unit"])
    said = f"A run of {what.lower()} over {len(points)} months; in all {all_of}"
    return Drawing(f"{said}, {tally.events} in {of}.", (panel,))


def ups_and_downs(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw the share of time up of each month, from columns of both."""
    tally = measured.tally
    assert isinstance(tally, UpAndDown)
    months = {month: (up, down) for month, (up, down) in months_of(tally.days).items()}
    return Drawing(*_availability(months, measured, catalogue))


def outages(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw the share of time up of each month, and below it when outages were and how long."""
    tally = measured.tally
    assert isinstance(tally, Outages)
    said, panels = _availability(by_month(tally), measured, catalogue)
    longest, panel = timeline(tally)
    return Drawing(f"{said} {longest}", (*panels, panel))


def _availability(
    months: dict[Month, tuple[int, int]], measured: Measured, catalogue: Catalogue
) -> tuple[str, tuple[Panel, ...]]:
    claim = measured.claims[0]
    metric = catalogue.metric(claim["metric"])
    points = {
        month: Point(100 * up / (up + down), f"{100 * up / (up + down):.6g} %", up + down)
        for month, (up, down) in months.items()
        if up + down
    }
    whole = number(claim["value"]["amount"], metric.canonical_unit, "%", catalogue)
    panel = run_by_month(
        points,
        title=f"{metric.label}: {whole:.6g} % in all, by month",
        scale=PERCENT,
        whole=(whole, f"all {whole:.6g} %"),
        bound=_bound(claim, metric, catalogue),
    )
    said = f"A run of {metric.label.lower()} over {len(points)} months; in all {whole:.6g} %."
    return said, (panel,)


def _steps(claim: dict[str, Any], metric: Metric, catalogue: Catalogue) -> Drawing:
    found = [
        Column(
            each["name"],
            (Part(share, f"{share:.4g} %, {each['passed']} of {each['total']}"),),
            f"{share:.4g} %",
        )
        for each in claim["steps"]
        for share in (100 * each["passed"] / each["total"],)
    ]
    whole = number(claim["value"]["amount"], metric.canonical_unit, "%", catalogue)
    bound = _bound(claim, metric, catalogue)
    panel = columns(
        found,
        title=f"{metric.label}: {whole:.4g} % through all steps",
        below="step",
        beside="percent passed",
        marks=[
            Mark(whole, f"all {whole:.4g} %", inks.INK),
            *([] if bound is None else [Mark(*bound, inks.BOUND, "6 4")]),
        ],
    )
    said = f"Bars of the share passed in each of {len(found)} steps; through all {whole:.4g} %."
    return Drawing(said, (panel,))


def _bound(claim: dict[str, Any], metric: Metric, catalogue: Catalogue) -> tuple[float, str] | None:
    bound = bound_of(claim, metric, "%", catalogue)
    return None if bound is None else (bound, f"bound {bound:.4g} %")
