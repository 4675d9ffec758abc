"""From a measurement to its plot."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from openquality.plots import svg
from openquality.plots.drawing import Drawing, no_plot
from openquality.plots.durations import durations
from openquality.plots.lives import lives
from openquality.plots.readings import readings, refused
from openquality.plots.runs import outages, rates, shares, ups_and_downs
from openquality.plots.sums import amounts, counts, gauge, inspection, scores
from openquality_validator.catalogue import Catalogue
from openquality_validator.measure import Measured
from openquality_validator.measure.availability import Outages, UpAndDown
from openquality_validator.measure.capability import RefusedIndex
from openquality_validator.measure.counts import OnTime, Share
from openquality_validator.measure.lives import Lives
from openquality_validator.measure.studies import Gauge, Inspection
from openquality_validator.measure.sums import Amount, Count, Rate, Score
from openquality_validator.measure.values import Durations, Samples

DRAWINGS: Final[Mapping[type, Callable[[Measured, Catalogue], Drawing]]] = {
    Samples: readings,
    Durations: durations,
    OnTime: shares,
    Share: shares,
    Rate: rates,
    Outages: outages,
    UpAndDown: ups_and_downs,
    Score: scores,
    Amount: amounts,
    Count: counts,
    Inspection: inspection,
    Gauge: gauge,
    Lives: lives,
}


def draw(measured: Measured, catalogue: Catalogue) -> str:
    """Draw a measurement as SVG, in the way of its kind (docs/guide/measure.md, Plots).

    Raises UnusableData M013 where the data cannot be drawn: by month without a date, or at all
    without a row.
    """
    if not measured.claims:
        raise no_plot("No row could be used.", "Check the conditions, the period and the columns.")
    drawing = DRAWINGS[type(measured.tally)](measured, catalogue)
    labels = (catalogue.metric(each["metric"]).label for each in measured.claims)
    period = measured.claims[0]["period"]
    return _document(labels, (period["start"], period["end"]), drawing)


def draw_refused(index: RefusedIndex) -> str:
    """Draw the readings whose index is refused: the chart shows where to look for the cause."""
    start, end = index.tally.days.span()
    period = start.isoformat(), end.isoformat()
    return _document([f"{index.metric.label}, refused"], period, refused(index))


def _document(labels: Iterable[str], period: tuple[str, str], drawing: Drawing) -> str:
    title = f"{' and '.join(labels)}, {period[0]} to {period[1]}"
    return svg.document(title, drawing.said, drawing.panels)
