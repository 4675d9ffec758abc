"""Named records side by side: what a buyer does with a short list."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.compare.answer import value_json
from openquality_validator.compare.measurement import TARGET, Measurement
from openquality_validator.compare.ranking import AT_TARGET, Indexed
from openquality_validator.evidence import Accreditor
from openquality_validator.query import Where


def side_by_side(
    digests: Sequence[str],
    values: Sequence[Indexed],
    *,
    catalogue: Catalogue,
    as_of: dt.date,
    accreditors: Sequence[Accreditor] = (),
) -> dict[str, Any]:
    """Lay out every value of the records by metric.

    Records keep the order in which they were named; each value is graded against the first
    record's value of the same metric. A record without a value of a metric is listed under
    `notStated`, never as zero.
    """
    order = {digest: place for place, digest in enumerate(digests)}
    ordered = sorted(values, key=lambda v: (order[v.measurement.digest], v.measurement.claim))
    metrics: dict[str, list[Indexed]] = {}
    for value in ordered:
        metrics.setdefault(value.measurement.metric, []).append(value)
    return {
        "asOf": as_of.isoformat(),
        "statements": list(digests),
        "metrics": [
            _metric_json(name, found, digests, catalogue, as_of, accreditors)
            for name, found in sorted(metrics.items())
        ],
    }


def _metric_json(
    name: str,
    found: Sequence[Indexed],
    digests: Sequence[str],
    catalogue: Catalogue,
    as_of: dt.date,
    accreditors: Sequence[Accreditor],
) -> dict[str, Any]:
    metric = catalogue.metric(name)
    stated = {value.measurement.digest for value in found}
    return {
        "metric": name,
        "direction": metric.direction,
        "values": [
            value_json(
                value,
                _asked(metric, value.measurement, catalogue),
                found[0].measurement,
                as_of=as_of,
                accreditors=accreditors,
                by_category=True,
            )
            for value in found
        ],
        "notStated": [digest for digest in digests if digest not in stated],
    }


def _asked(metric: Metric, measurement: Measurement, catalogue: Catalogue) -> Where:
    """Ask for a metric as the value itself does: where one is best at a target, its own."""
    own = dict(measurement.qualifiers).get(TARGET)
    if metric.direction != AT_TARGET or own is None:
        return Where(metric)
    amount, _ = own.split(" ")  # in the base unit, see `measurement.spell`
    target = Fraction(amount) / catalogue.unit(metric.canonical_unit).factor
    return Where(metric, target=Decimal(target.numerator) / target.denominator)
