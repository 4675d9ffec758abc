"""From a measurement to its plot."""

from datetime import date
from typing import TYPE_CHECKING

from openquality.plots import svg
from openquality.plots.control import control_chart
from openquality.plots.histogram import Mark, histogram
from openquality.plots.months import run_by_month
from openquality_validator.catalogue import Catalogue
from openquality_validator.errors import UnusableData
from openquality_validator.measure import Measured
from openquality_validator.measure.capability import chart_of
from openquality_validator.measure.counts import OnTime, Share
from openquality_validator.measure.values import Durations, Samples

if TYPE_CHECKING:
    from collections.abc import Callable

_Drawing = tuple[str, list[svg.Panel]]  # what it says in words, and the panels


def draw(measured: Measured, catalogue: Catalogue) -> str:
    """Draw a measurement as SVG.

    Readings give a histogram with their limits and a control chart, durations a histogram, shares
    with dates a run by month. Raises UnusableData M013 for a measurement that has no plot.
    """
    if not measured.claims:
        raise _no_plot("No row could be used.")
    tally = measured.tally
    drawings: dict[type, Callable[[Measured, Catalogue], _Drawing]] = {
        Samples: _readings,
        Durations: _durations,
        OnTime: _months,
        Share: _months,
    }
    drawing = drawings.get(type(tally))
    if drawing is None:
        raise _no_plot(f"A mapping of kind {measured.mapping.kind} keeps sums and no more.")
    said, panels = drawing(measured, catalogue)
    metrics = " and ".join(catalogue.metric(each["metric"]).label for each in measured.claims)
    period = measured.claims[0]["period"]
    title = f"{metrics}, {period['start']} to {period['end']}"
    return svg.document(title, said, panels)


def _readings(measured: Measured, catalogue: Catalogue) -> _Drawing:
    del catalogue  # limits and readings have the unit of the characteristic
    tally, claim = measured.tally, measured.claims[0]
    assert isinstance(tally, Samples)
    characteristic, capability = claim["characteristic"], claim["capability"]
    unit = characteristic["unit"]
    marks = [
        Mark(
            float(characteristic[name]), f"{name.upper()} {characteristic[name]}", svg.LIMIT, "6 4"
        )
        for name in ("lsl", "usl")
        if name in characteristic
    ]
    marks.append(Mark(float(capability["mean"]), f"mean {capability['mean']}", svg.INK))
    found = ", ".join(f"{each['metric']} {each['value']['amount']}" for each in measured.claims)
    readings = list(tally.values)
    first = histogram(
        readings,
        title=f"{characteristic['id']}: {found} (n = {len(readings)})",
        unit=unit,
        marks=marks,
        normal=(float(capability["mean"]), float(capability["sigma"]))
        if capability["distribution"] == "normal"
        else None,
    )
    chart = chart_of(tally, measured.mapping)
    second = control_chart(chart, unit=unit, individuals=len(chart.points) == len(readings))
    limits = ", ".join(mark.words for mark in marks)
    state = "stable" if not chart.signals else f"not stable, {len(chart.signals)} signals"
    said = (
        f"A histogram of {len(readings)} readings of {characteristic['id']} in {unit} with "
        f"{limits}; {found}. A control chart of {len(chart.points)} points: {state}."
    )
    return said, [first, second]


def _durations(measured: Measured, catalogue: Catalogue) -> _Drawing:
    tally = measured.tally
    assert isinstance(tally, Durations)
    metrics = [catalogue.metric(each["metric"]) for each in measured.claims]
    unit = metrics[0].canonical_unit
    factor = catalogue.factor(tally.unit, unit) / tally.scale
    values = [value * factor for value in tally.values]
    marks: list[Mark] = []
    for metric, claim in zip(metrics, measured.claims, strict=True):
        name = metric.form if metric.quantile is None else f"p{100 * float(metric.quantile):g}"
        amount, ends = claim["value"]["amount"], claim.get("interval", {})
        marks.append(
            Mark(
                _number(amount, metric.canonical_unit, unit, catalogue), f"{name} {amount}", svg.INK
            )
        )
        for end in ("lower", "upper"):
            if end in ends:
                at = _number(ends[end], metric.canonical_unit, unit, catalogue)
                marks.append(Mark(at, f"{name} bound {ends[end]}", svg.BOUND, "6 4"))
    said = f"A histogram of {len(values)} durations in {unit} with " + ", ".join(
        mark.words for mark in marks
    )
    label = " and ".join(metric.label for metric in metrics)
    return f"{said}.", [
        histogram(
            values,
            title=f"{label} (n = {len(values)})",
            unit=unit,
            marks=marks,
            whole=tally.unit == unit == "d" and tally.scale == 1,
        )
    ]


def _months(measured: Measured, catalogue: Catalogue) -> _Drawing:
    months, claim = measured.tally.days.months, measured.claims[0]
    metric = catalogue.metric(claim["metric"])
    if not months:
        raise _no_plot("No column tells in which month a row happened.")
    if metric.form == "product":
        raise _no_plot("The steps of a rolled yield are no single share of a month.")
    percent = {date(*month, 1): (part, whole) for month, (part, whole) in sorted(months.items())}
    counts, ends = claim["counts"], claim.get("interval", {})
    side = "lower" if "lower" in ends else "upper"
    whole = 100 * counts["numerator"] / counts["denominator"]
    bound = None
    if side in ends:
        bound = _number(ends[side], metric.canonical_unit, "%", catalogue)
    said = (
        f"A run of {metric.label.lower()} over {len(percent)} months; in all {whole:.4g} %, "
        f"{counts['numerator']} of {counts['denominator']}."
    )
    panel = run_by_month(percent, title=metric.label, whole=whole, bound=bound)
    return said, [panel]


def _number(amount: str, unit: str, target: str, catalogue: Catalogue) -> float:
    return float(amount) * catalogue.factor(unit, target)


def _no_plot(why: str) -> UnusableData:
    return UnusableData(
        "M013",
        f"There is no plot: {why}",
        "Readings and durations have one, and shares with a column of dates.",
    )
