"""Durations: a histogram with each value that is claimed, and its bound."""

from openquality.plots import inks
from openquality.plots.drawing import Drawing, Mark, bound_of, number
from openquality.plots.histogram import histogram
from openquality_validator.catalogue import Catalogue
from openquality_validator.measure import Measured
from openquality_validator.measure.values import Durations


def durations(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw durations in the unit of the first metric, on the scale by which they were counted."""
    tally = measured.tally
    assert isinstance(tally, Durations)
    metrics = [catalogue.metric(each["metric"]) for each in measured.claims]
    unit = metrics[0].canonical_unit
    factor = catalogue.factor(tally.unit, unit) / tally.scale
    values = [value * factor for value in tally.values]
    marks: list[Mark] = []
    for metric, claim in zip(metrics, measured.claims, strict=True):
        name = metric.form
        if metric.form == "quantile" and metric.quantile is not None:
            name = f"p{100 * float(metric.quantile):g}"
        amount = claim["value"]["amount"]
        at = number(amount, metric.canonical_unit, unit, catalogue)
        marks.append(Mark(at, f"{name} {amount}", inks.INK))
        bound = bound_of(claim, metric, unit, catalogue)
        if bound is not None:
            (stated,) = (claim["interval"][e] for e in ("lower", "upper") if e in claim["interval"])
            marks.append(Mark(bound, f"{name} bound {stated}", inks.BOUND, "6 4"))
    scale = unit
    if "start" in measured.mapping.columns:
        scale += ", calendar time" if measured.mapping.working_time is None else ", working time"
    panel = histogram(
        values,
        title=f"{' and '.join(metric.label for metric in metrics)} (n = {len(values)})",
        unit=scale,
        marks=marks,
        whole=tally.unit == unit == "d" and tally.scale == 1,
    )
    marked = ", ".join(mark.words for mark in marks)
    return Drawing(f"A histogram of {len(values)} durations in {scale} with {marked}.", (panel,))
