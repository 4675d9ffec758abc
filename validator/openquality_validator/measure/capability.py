"""Readings of one characteristic to a capability or performance index.

The member `capability` of a mapping states what the data cannot: `characteristic` and, for the
claim, `characteristics`; `estimator`, `convention` and `distribution` as in the claim; and
`subgroupSize` where consecutive readings form subgroups that no column names.
"""

import math
from collections.abc import Mapping as Members
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context
from typing import Any, Final

from openquality_validator.catalogue import Metric
from openquality_validator.errors import UnusableData
from openquality_validator.measure.amounts import DIGITS, parse_amount, plain
from openquality_validator.measure.mapping import Mapping
from openquality_validator.measure.values import Samples
from openquality_validator.message import join, message
from openquality_validator.statistics.percentiles import percentile_indices
from openquality_validator.statistics.samples import Subgroups, study
from openquality_validator.statistics.samples import sigma as sigma_of
from openquality_validator.statistics.stability import Chart, Signal, control_chart

NEED_STABILITY: Final = frozenset({"cp", "cpk"})
BOTH_SIDES: Final = "capabilityIndexBothSides"  # the catalogue's bound of Cp and Pp
_MEMBERS: Final = frozenset({"characteristic", "estimator", "convention", "distribution"})
_OPTIONAL: Final = frozenset({"characteristics", "subgroupSize"})
_READING_DIGITS: Final = Context(prec=9, rounding=ROUND_HALF_EVEN)  # means sit close to nominal


@dataclass(eq=False)
class RefusedIndex(UnusableData):
    """Hold the readings whose index is refused: they can be drawn, and then show why."""

    metric: Metric
    tally: Samples
    mapping: Mapping


def capability_members(metric: Metric, tally: Samples, mapping: Mapping) -> dict[str, Any]:
    """Write the value, the study and the characteristic of an index.

    Stability is judged by the Western Electric rules on the readings in their order; readings of
    another distribution than the normal one have their index by the percentile method. Raises
    UnusableData M011 when `cp` or `cpk` is asked of a process that is not stable, M010 when order
    and subgroups do not fit, M002 when the mapping lacks what the data cannot say, M008 when limits
    or convention do not give the index, and InvalidInput A090 when the readings do not fit the
    estimator.
    """
    stated = _stated(mapping)
    characteristic = stated["characteristic"]
    groups = _subgroups(tally, stated.get("subgroupSize"))
    lsl, usl = _limit(characteristic, "lsl"), _limit(characteristic, "usl")
    if stated["distribution"] == "normal":
        found = study(groups, estimator=stated["estimator"], lsl=lsl, usl=usl)
        both_sides, worst_side = found.both_sides, found.worst_side
    else:
        _check_percentiles(metric, stated)
        shown = percentile_indices(tally.values, lsl=lsl, usl=usl)
        both_sides, worst_side = shown.both_sides, shown.worst_side
    index = both_sides if metric.bound == BOTH_SIDES else worst_side
    if index is None:
        raise RefusedIndex(
            "M008",
            message("{id} needs both specification limits.", id=metric.id),
            message("With one limit only, measure cpk or ppk."),
            metric,
            tally,
            mapping,
        )
    signals = _chart(groups, stated).signals
    if signals and metric.id in NEED_STABILITY:
        raise _unstable(metric, signals, tally, mapping)
    members: dict[str, Any] = {
        "value": {"amount": _round(index, DIGITS), "unit": metric.canonical_unit},
        "sampling": {"n": len(tally.values), "design": "consecutive"},
        "characteristic": dict(characteristic),
        "capability": _block(groups, stated, stable=not signals),
    }
    if "characteristics" in stated:
        members["characteristics"] = stated["characteristics"]
    return members


def chart_of(tally: Samples, mapping: Mapping) -> Chart:
    """Return the control chart by which the process is judged; raises as `capability_members`."""
    stated = _stated(mapping)
    return _chart(_subgroups(tally, stated.get("subgroupSize")), stated)


def _chart(groups: Subgroups, stated: Members[str, Any]) -> Chart:
    estimator = stated["estimator"]
    if stated["distribution"] != "normal" and len(groups) > 1:
        # Means are near normal whatever the readings are; single readings have no such help.
        estimator = "pooled"
    return control_chart(groups, estimator=estimator)


def _stated(mapping: Mapping) -> Members[str, Any]:
    stated = mapping.capability or {}
    characteristic = stated.get("characteristic")
    if (
        not _MEMBERS <= set(stated) <= _MEMBERS | _OPTIONAL
        or not isinstance(characteristic, dict)
        or stated["distribution"] not in {"normal", "other"}
        or not isinstance(stated.get("subgroupSize", 1), int)
    ):
        raise UnusableData(
            "M002",
            message("The mapping's member `capability` does not say what the index needs."),
            message(
                "It holds {members} and may hold {optional}; the distribution is normal or other.",
                members=", ".join(sorted(_MEMBERS)),
                optional=", ".join(sorted(_OPTIONAL)),
            ),
        )
    return stated


def _check_percentiles(metric: Metric, stated: Members[str, Any]) -> None:
    """Refuse a sigma, or an index within subgroups, of readings that are not normal."""
    if stated["estimator"] != "overall":
        raise UnusableData(
            "M002",
            message(
                "Readings that are not normal have no sigma by {estimator}.",
                estimator=stated["estimator"],
            ),
            message("The percentile method takes all readings: state the estimator overall."),
        )
    if metric.id in NEED_STABILITY and stated["convention"] == "aiag":
        raise UnusableData(
            "M008",
            message(
                "By the AIAG convention {id} is that within subgroups, and percentiles are of "
                "all readings.",
                id=metric.id,
            ),
            message(
                "Measure pp or ppk; or state the convention iso22514, by which it is that of a "
                "stable process."
            ),
        )


def _limit(characteristic: Members[str, Any], name: str) -> float | None:
    text = characteristic.get(name)
    if text is None:
        return None
    limit = parse_amount(text)
    if limit is None:
        raise UnusableData(
            "M002",
            message("The characteristic's {name} is {text!r}.", name=name, text=text),
            message('Write limits as decimal strings, such as "11.950".'),
        )
    return float(limit)


def _subgroups(tally: Samples, size: int | None) -> list[list[float]]:
    """Put the readings in order of production, then into their subgroups."""
    places = list(range(len(tally.values)))
    if tally.order:
        if len(set(tally.order)) < len(tally.order):
            raise UnusableData(
                "M010",
                message("Two readings have the same place in the order of production."),
                message("Map an order column whose numbers are unique."),
            )
        places.sort(key=tally.order.__getitem__)
    readings = [tally.values[place] for place in places]
    if tally.subgroups:
        named: dict[str, list[float]] = {}
        for place, reading in zip(places, readings, strict=True):
            named.setdefault(tally.subgroups[place], []).append(reading)
        return list(named.values())
    if size is None:
        return [readings]
    if size < 1 or len(readings) % size:
        raise UnusableData(
            "M010",
            message(
                "{count} readings do not divide into subgroups of {size}.",
                count=len(readings),
                size=size,
            ),
            message("Check the subgroup size, or map a column that names the subgroup."),
        )
    return [readings[start : start + size] for start in range(0, len(readings), size)]


def _block(groups: Subgroups, stated: Members[str, Any], *, stable: bool) -> dict[str, Any]:
    readings = [reading for group in groups for reading in group]
    block: dict[str, Any] = {
        "n": len(readings),
        "estimator": stated["estimator"],
        "convention": stated["convention"],
        "stable": stable,
        "distribution": stated["distribution"],
        "mean": _round(math.fsum(readings) / len(readings), _READING_DIGITS),
        "sigma": _round(sigma_of(groups, estimator=stated["estimator"]), _READING_DIGITS),
    }
    if stated["estimator"] not in {"overall", "movingRange"}:
        block["subgroups"] = len(groups)
        sizes = {len(group) for group in groups}
        if len(sizes) == 1:
            block["subgroupSize"] = sizes.pop()
    return block


def _unstable(
    metric: Metric, signals: tuple[Signal, ...], tally: Samples, mapping: Mapping
) -> RefusedIndex:
    shown = join(
        ", ",
        (
            message("rule {rule} at point {point}", rule=s.rule, point=s.point + 1)
            for s in signals[:5]
        ),
    )
    left = len(signals) - 5
    more = message(" and {count} more", count=left) if left > 0 else ""
    return RefusedIndex(
        "M011",
        message(
            "The process is not stable: {shown}{more} (Western Electric).", shown=shown, more=more
        ),
        message(
            "{id} describes a stable process. Find and remove the cause, or measure pp or ppk, "
            "which say what was seen and promise nothing.",
            id=metric.id,
        ),
        metric,
        tally,
        mapping,
    )


def _round(value: float, digits: Context) -> str:
    return plain(digits.create_decimal(repr(value)))
