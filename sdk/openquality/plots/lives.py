"""Lives: a histogram of the times to failure, with the life that is claimed and its bound."""

from openquality.plots import inks
from openquality.plots.drawing import Drawing, Mark, bound_of, number
from openquality.plots.histogram import histogram
from openquality_validator.catalogue import Catalogue
from openquality_validator.measure import Measured
from openquality_validator.measure.lives import Lives


def lives(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw the items that failed, in the metric's unit; those still running are counted in words.

    A histogram of all would show the end of observation as if it were a wave of failures.
    """
    tally = measured.tally
    assert isinstance(tally, Lives)
    assert tally.unit is not None, "a mapping of lives states their unit"
    (claim,) = measured.claims
    metric = catalogue.metric(claim["metric"])
    unit = metric.canonical_unit
    factor = catalogue.factor(tally.unit, unit)
    amount = claim["value"]["amount"]
    marks = [Mark(number(amount, unit, unit, catalogue), f"B10 {amount}", inks.INK)]
    bound = bound_of(claim, metric, unit, catalogue)
    if bound is not None:
        marks.append(Mark(bound, f"bound {claim['interval']['lower']}", inks.BOUND, "6 4"))
    count = f"{len(tally.failed)} failed, {len(tally.running)} still running"
    panel = histogram(
        [time * factor for time in tally.failed],
        title=f"Times to failure ({count})",
        unit=unit,
        marks=marks,
        whole=False,
    )
    marked = ", ".join(mark.words for mark in marks)
    return Drawing(f"A histogram of times to failure in {unit}, {count}, with {marked}.", (panel,))
