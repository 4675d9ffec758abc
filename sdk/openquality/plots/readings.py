"""Readings of one characteristic: a histogram with its limits, and the control chart below it."""

from typing import Any

from openquality.plots import inks
from openquality.plots.control import control_chart
from openquality.plots.drawing import Drawing, Mark
from openquality.plots.histogram import histogram
from openquality_validator.catalogue import Catalogue
from openquality_validator.measure import Mapping as DataMapping
from openquality_validator.measure import Measured
from openquality_validator.measure.capability import RefusedIndex, chart_of
from openquality_validator.measure.values import Samples


def readings(measured: Measured, catalogue: Catalogue) -> Drawing:
    """Draw the readings of an index, with the normal curve if they are said to be normal."""
    del catalogue  # limits and readings have the unit of the characteristic
    tally, capability = measured.tally, measured.claims[0]["capability"]
    assert isinstance(tally, Samples)
    found = ", ".join(f"{each['metric']} {each['value']['amount']}" for each in measured.claims)
    mean, sigma = capability["mean"], capability["sigma"]
    normal = (float(mean), float(sigma)) if capability["distribution"] == "normal" else None
    return _draw(tally, measured.mapping, found, mean=mean, normal=normal)


def refused(index: RefusedIndex) -> Drawing:
    """Draw the readings whose index is refused; no curve, since no sigma describes them."""
    mean = chart_of(index.tally, index.mapping).centre
    found = f"no {index.metric.id} ({index.code})"
    return _draw(index.tally, index.mapping, found, mean=f"{mean:.6g}", normal=None)


def _draw(
    tally: Samples,
    mapping: DataMapping,
    found: str,
    *,
    mean: str,
    normal: tuple[float, float] | None,
) -> Drawing:
    assert mapping.capability is not None, "a mapping of readings says what they are of"
    characteristic: dict[str, Any] = mapping.capability["characteristic"]
    unit, values = characteristic["unit"], list(tally.values)
    marks = [
        Mark(
            float(characteristic[each]), f"{each.upper()} {characteristic[each]}", inks.LIMIT, "6 4"
        )
        for each in ("lsl", "usl")
        if each in characteristic
    ]
    marks.append(Mark(float(mean), f"mean {mean}", inks.INK))
    first = histogram(
        values,
        title=f"{characteristic['id']}: {found} (n = {len(values)})",
        unit=unit,
        marks=marks,
        normal=normal,
    )
    chart = chart_of(tally, mapping)
    second = control_chart(chart, unit=unit, individuals=len(chart.points) == len(values))
    limits = ", ".join(mark.words for mark in marks)
    state = "stable" if not chart.signals else f"not stable, {len(chart.signals)} signals"
    said = (
        f"A histogram of {len(values)} readings of {characteristic['id']} in {unit} with "
        f"{limits}; {found}. A control chart of {len(chart.points)} points: {state}."
    )
    return Drawing(said, (first, second))
